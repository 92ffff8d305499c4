import { cases, configMap, Disturbed, gadget } from '../script.ts';
import { FUTURE } from '../transcript.ts';

const bookmarked = { allowWatchBookmarks: true };

export const watches = cases({
  'A6 E1 a watch from a list shows every change after it, in order': async (t) => {
    await t.given('a');
    const { resourceVersion } = await t.get(t.configMaps);
    const watch = await t.watch(t.configMaps, { resourceVersion });
    await t.given('b');
    await t.changed('a');
    await t.deleted('a');
    await watch.next(3);
  },

  'E6 a watch from a past resourceVersion replays what was since then': async (t) => {
    const [first] = await t.given('a', 'b');
    await t.changed('a', 'second');
    await t.changed('a', 'third');
    await t.deleted('b');
    await t.given('b');
    const watch = await t.watch(t.configMaps, { resourceVersion: first?.resourceVersion ?? '' });
    await watch.next(5);
    await t.changed('b');
    await watch.next();
  },

  'E2 DELETED has the last state and the resourceVersion of the deletion': async (t) => {
    await t.given(configMap('a', { app: 'web' }));
    const changed = await t.changed('a');
    const watch = await t.watch(t.configMaps, { resourceVersion: changed.resourceVersion });
    await t.delete(`${t.configMaps}/a`);
    await watch.next();
  },

  // Without streaming lists a watch at "" is as old as the cache, so a list waits for it to have caught up.
  'A11 H8 a watch at "" begins with the present state': async (t) => {
    await t.given('b', 'a');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps);
    await watch.next(2);
    await t.changed('a');
    await watch.next();
  },

  'A11 H8 a watch at "" with bookmarks has the marker unasked': async (t) => {
    await t.given('b', 'a');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, bookmarked);
    await watch.next(t.configuration.watchList ? 3 : 2);
    await t.changed('a');
    await watch.next();
  },

  'A11 H8 a watch at "0" with bookmarks has the marker unasked': async (t) => {
    await t.given('b', 'a');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, { resourceVersion: 0, ...bookmarked });
    await watch.next(t.configuration.watchList ? 3 : 2);
    await t.changed('a');
    await watch.next();
  },

  'A11 a watch at "0" begins with the present state': async (t) => {
    await t.given('b', 'a');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, { resourceVersion: 0 });
    await watch.next(2);
    await t.changed('a');
    await watch.next();
  },

  'A11 a watch at "0" of nothing is silent': async (t) => {
    const watch = await t.watch(t.configMaps, { resourceVersion: 0 });
    await watch.silent();
    await t.given('a');
    await watch.next();
  },

  'C3 a watch in the future is accepted, and silent': async (t) => {
    const watch = await t.watch(t.configMaps, { resourceVersion: FUTURE + 1, timeoutSeconds: 2 });
    await t.given('a');
    await watch.ended();
  },

  'C12 a watch at a resourceVersion that is no number is refused': async (t) => {
    await t.watch(t.configMaps, { resourceVersion: 'abc' });
  },

  'A8 resourceVersionMatch is refused on a plain watch': async (t) => {
    const [first] = await t.given('a');
    const resourceVersion = first?.resourceVersion ?? '';
    await t.watch(t.configMaps, { resourceVersion, resourceVersionMatch: 'NotOlderThan' });
    await t.watch(t.configMaps, { resourceVersion, resourceVersionMatch: 'Exact' });
  },

  'A9 F1 timeoutSeconds closes a watch as it should be closed': async (t) => {
    const [first] = await t.given('a', 'b');
    const watch = await t.watch(t.configMaps, { resourceVersion: first?.resourceVersion ?? '', timeoutSeconds: 1 });
    await watch.ended();
  },

  'E7 a bookmark comes shortly before the timeout': async (t) => {
    const [first] = await t.given('a', 'b');
    const query = { resourceVersion: first?.resourceVersion ?? '', timeoutSeconds: 4, ...bookmarked };
    const watch = await t.watch(t.configMaps, query, { bookmarks: true });
    await t.changed('a');
    await watch.ended();
  },

  'E7 bookmarks of a custom resource have its kind': async (t) => {
    const created = await t.post(t.gadgets, gadget('a'), {}, { brief: true });
    const query = { resourceVersion: created.resourceVersion, timeoutSeconds: 4, ...bookmarked };
    const watch = await t.watch(t.gadgets, query, { bookmarks: true });
    await t.patch(`${t.gadgets}/a`, { spec: { size: 2 } }, {}, { brief: true });
    await watch.ended();
  },

  'E7 without being asked for there are no bookmarks': async (t) => {
    const [first] = await t.given('a');
    const query = { resourceVersion: first?.resourceVersion ?? '', timeoutSeconds: 4 };
    const watch = await t.watch(t.configMaps, query, { bookmarks: true });
    await watch.ended();
  },

  'A12 a single object is watched by a field selector': async (t) => {
    const [first] = await t.given('a', 'b');
    const query = { resourceVersion: first?.resourceVersion ?? '', fieldSelector: 'metadata.name=a' };
    const watch = await t.watch(t.configMaps, query);
    await t.changed('b');
    await t.changed('a');
    await t.deleted('b');
    await t.deleted('a');
    await t.given('b', 'a');
    await watch.next(3);
  },

  'A12 the path of an object is not watched': async (t) => {
    const [first] = await t.given('a');
    await t.get(`${t.configMaps}/a`, { watch: true, resourceVersion: first?.resourceVersion ?? '' });
  },

  'a watch of a namespace that does not exist is open': async (t) => {
    const { resourceVersion } = await t.get(t.configMaps);
    const path = '/api/v1/namespaces/nowhere/configmaps';
    const watch = await t.watch(path, { resourceVersion, timeoutSeconds: 1 });
    await watch.ended();
  },

  'a watch of all namespaces shows the namespace': async (t) => {
    const labels = { case: t.namespace };
    const { resourceVersion } = await t.get(t.configMaps);
    const watch = await t.watch('/api/v1/configmaps', { resourceVersion, labelSelector: `case=${t.namespace}` });
    await t.given(configMap('a', labels));
    await watch.next();
  },

  'of the parameters of a watch, numbers have to be such, and anything is true': async (t) => {
    await t.watch(t.configMaps, { timeoutSeconds: 'x' });
    for (const watch of ['1', 'x']) {
      const open = await t.watch(t.configMaps, { watch, timeoutSeconds: 1 });
      await open.ended();
    }
    const open = await t.watch(t.configMaps, { allowWatchBookmarks: 'x', timeoutSeconds: 1 });
    await open.ended();
  },
});

export const watchesAlone = cases(
  {
    'C3 a watch in the near future begins with what is after it': async (t) => {
      const [first] = await t.given('a');
      const resourceVersion = Number(first?.resourceVersion) + 3;
      const watch = await t.watch(t.configMaps, { resourceVersion });
      await t.given('b', 'c', 'd');
      await watch.silent(200);
      const [fifth] = await t.given('e', 'f');
      await watch.next(2);
      if (Number(fifth?.resourceVersion) !== resourceVersion + 1) throw new Disturbed();
    },

    'C1 after a restart, a watch from before other writes is a 410 in a frame': async (t) => {
      const [first] = await t.given('a', 'b');
      await t.changed('a');
      const resourceVersion = first?.resourceVersion ?? '';
      await t.restart();
      await t.hasForgotten(resourceVersion);
      const watch = await t.watch(t.configMaps, { resourceVersion });
      if (t.configuration.watchCache) await watch.ended();
      else await watch.next(2);
    },

    'C5 after a restart, a watch from the newest resourceVersion goes on': async (t) => {
      await t.given('a');
      const { resourceVersion } = await t.get(t.configMaps);
      await t.restart();
      await t.hasForgotten('1');
      const watch = await t.watch(t.configMaps, { resourceVersion });
      await t.changed('a');
      const { type } = await watch.next();
      if (type === 'ERROR') throw new Disturbed();
    },

    'C1 after a compaction, a watch from before it': async (t) => {
      const [first] = await t.given('a', 'b');
      await t.changed('a');
      await t.compact();
      const watch = await t.watch(t.configMaps, { resourceVersion: first?.resourceVersion ?? '' });
      if (t.configuration.watchCache) await watch.next(2);
      else await watch.ended();
    },

    'C1 a resourceVersion from before all history is a 410 in a frame': async (t) => {
      await t.given('a');
      await t.compact();
      const watch = await t.watch(t.configMaps, { resourceVersion: 1 });
      await watch.ended();
    },
  },
  { alone: true },
);
