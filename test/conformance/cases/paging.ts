import { cases, configMap } from '../script.ts';

export const paging = cases({
  'A4 A6 A7 pages have one resourceVersion, and the last has no continue token': async (t) => {
    await t.given('a', 'b', 'c', 'd', 'e');
    const first = await t.get(t.configMaps, { limit: 2 });
    const second = await t.get(t.configMaps, { limit: 2, continue: first.token });
    await t.get(t.configMaps, { limit: 2, continue: second.token });
    t.remark(first.resourceVersion === second.resourceVersion, 'both pages have the same resourceVersion');
  },

  'A7 the items that remain are not counted with a selector': async (t) => {
    for (const name of ['a', 'b', 'c']) await t.given(configMap(name, { app: 'web' }));
    const first = await t.get(t.configMaps, { limit: 1, labelSelector: 'app=web' });
    await t.get(t.configMaps, { limit: 1, labelSelector: 'app=web', continue: first.token });
    await t.get(t.configMaps, { limit: 1, fieldSelector: 'metadata.name!=x' });
  },

  'A5 later pages show the moment of the first': async (t) => {
    await t.given('a', 'b', 'c');
    const first = await t.get(t.configMaps, { limit: 1 });
    await t.changed('b');
    await t.deleted('c');
    await t.given('d');
    const second = await t.get(t.configMaps, { limit: 1, continue: first.token });
    await t.get(t.configMaps, { limit: 1, continue: second.token });
  },

  'A5 a page after the first may be of another size': async (t) => {
    await t.given('a', 'b', 'c');
    const first = await t.get(t.configMaps, { limit: 1 });
    await t.get(t.configMaps, { continue: first.token });
  },

  'A4 a limit at "0" is ignored by the cache': async (t) => {
    await t.given('a', 'b', 'c');
    await t.names(t.configMaps);
    await t.get(t.configMaps, { limit: 1, resourceVersion: 0 });
  },

  'A4 a limit that nothing exceeds makes no pages': async (t) => {
    await t.given('a', 'b');
    await t.get(t.configMaps, { limit: 2 });
  },

  'A5 a token that is none is refused': async (t) => {
    await t.get(t.configMaps, { limit: 2, continue: 'x' });
    await t.get(t.configMaps, { limit: 2, continue: Buffer.from('{}').toString('base64url') });
  },

  'A5 a resourceVersion beside a token is refused': async (t) => {
    const [first] = await t.given('a', 'b');
    const { token } = await t.get(t.configMaps, { limit: 1 });
    const resourceVersion = first?.resourceVersion ?? '';
    await t.get(t.configMaps, { limit: 1, continue: token, resourceVersion });
    await t.get(t.configMaps, { limit: 1, continue: token, resourceVersion, resourceVersionMatch: 'Exact' });
    await t.get(t.configMaps, { limit: 1, continue: token, resourceVersionMatch: 'NotOlderThan' });
    await t.get(t.configMaps, { limit: 1, continue: token, resourceVersion: 0 });
  },

  'A5 a token of another collection is refused': async (t) => {
    await t.given('a', 'b');
    const { token } = await t.get(t.configMaps, { limit: 1 });
    await t.get(t.gadgets, { limit: 1, continue: token });
  },
});

export const compactions = cases(
  {
    'B2 a token that is too old is a 410, and another token comes with it': async (t) => {
      await t.given('a', 'b', 'c');
      const first = await t.get(t.configMaps, { limit: 1 });
      await t.changed('b');
      await t.given('d');
      await t.compact();
      const refused = await t.get(t.configMaps, { limit: 1, continue: first.token });
      if (refused.status === 410) await t.get(t.configMaps, { limit: 2, continue: refused.token });
    },

    'B3 an exact list that is too old is a 410': async (t) => {
      const [first] = await t.given('a', 'b');
      await t.changed('a');
      await t.compact();
      const at = { resourceVersion: first?.resourceVersion ?? '' };
      await t.get(t.configMaps, { ...at, resourceVersionMatch: 'Exact' });
      await t.get(t.configMaps, { ...at, limit: 1 });
      await t.names(t.configMaps, at);
    },

    'B3 C1 a compaction up to a resourceVersion leaves that state, and what came after it': async (t) => {
      const [first, second, third] = await t.given('a', 'b', 'c', 'd');
      const [old, oldest] = [third?.resourceVersion ?? '', second?.resourceVersion ?? ''];
      await t.compact(old);
      await t.get(t.configMaps, { resourceVersion: oldest, resourceVersionMatch: 'Exact' });
      await t.names(t.configMaps, { resourceVersion: old, resourceVersionMatch: 'Exact' });
      const lost = await t.watch(t.configMaps, { resourceVersion: first?.resourceVersion ?? '' });
      await lost.next();
      const kept = await t.watch(t.configMaps, { resourceVersion: old });
      await kept.next();
    },
  },
  { alone: true },
);
