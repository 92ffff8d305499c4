import { cases, configMap } from '../script.ts';
import { FUTURE } from '../transcript.ts';

export const lists = cases({
  'A3 B1 a list at "" shows all that was committed before it, its items without kind': async (t) => {
    await t.given('b', 'a');
    await t.changed('a');
    await t.get(t.configMaps);
  },

  'A1 a list at "0" is what the cache has': async (t) => {
    await t.given('a', 'b');
    // From then on the cache is not older.
    await t.names(t.configMaps);
    await t.get(t.configMaps, { resourceVersion: 0 });
  },

  'A2 a list not older than a resourceVersion shows the present': async (t) => {
    const [first] = await t.given('a', 'b');
    await t.changed('a');
    await t.deleted('b');
    await t.names(t.configMaps);
    await t.get(t.configMaps, {
      resourceVersion: first?.resourceVersion ?? '',
      resourceVersionMatch: 'NotOlderThan',
    });
    await t.get(t.configMaps, { resourceVersion: first?.resourceVersion ?? '' });
  },

  'A2 an exact list shows the state at a resourceVersion': async (t) => {
    const [, second] = await t.given('a', 'b');
    await t.changed('a');
    await t.deleted('b');
    await t.given('c');
    await t.get(t.configMaps, { resourceVersion: second?.resourceVersion ?? '', resourceVersionMatch: 'Exact' });
  },

  'A2 with a limit, a resourceVersion alone is an exact one': async (t) => {
    const [, second] = await t.given('a', 'b');
    await t.changed('a');
    await t.given('c');
    await t.names(t.configMaps);
    const at = { resourceVersion: second?.resourceVersion ?? '', limit: 1 };
    await t.get(t.configMaps, at);
    await t.get(t.configMaps, { ...at, resourceVersionMatch: 'NotOlderThan' });
  },

  'B4 a list not older than the future is too large': async (t) => {
    await t.given('a');
    await t.get(t.configMaps, { resourceVersion: FUTURE + 1 }, { timed: true });
  },

  'B4 an exact list in the future is too large': async (t) => {
    await t.given('a');
    await t.get(t.configMaps, { resourceVersion: FUTURE + 1, resourceVersionMatch: 'Exact' }, { timed: true });
  },

  'B4 a get in the future is too large': async (t) => {
    await t.given('a');
    await t.get(`${t.configMaps}/a`, { resourceVersion: FUTURE + 1 }, { timed: true });
  },

  'B9 an empty list is a list, also of a namespace that does not exist': async (t) => {
    await t.get(t.configMaps);
    await t.get('/api/v1/namespaces/nowhere/configmaps');
  },

  'J2 a resourceVersion that is no number is refused': async (t) => {
    for (const resourceVersion of ['abc', '-1', '1.5', '01', '99999999999999999999']) {
      await t.get(t.configMaps, { resourceVersion });
    }
    await t.get(`${t.configMaps}/a`, { resourceVersion: 'abc' });
  },

  'C12 resourceVersionMatch without a resourceVersion is refused': async (t) => {
    await t.get(t.configMaps, { resourceVersionMatch: 'NotOlderThan' });
    await t.get(t.configMaps, { resourceVersionMatch: 'Exact' });
  },

  'C12 an exact list at "0" is refused': async (t) => {
    await t.get(t.configMaps, { resourceVersionMatch: 'Exact', resourceVersion: 0 });
  },

  'C12 an unknown resourceVersionMatch is refused': async (t) => {
    await t.get(t.configMaps, { resourceVersionMatch: 'Newest', resourceVersion: 1 });
  },

  'H1 sendInitialEvents is refused on a list': async (t) => {
    await t.get(t.configMaps, { sendInitialEvents: true });
    await t.get(t.configMaps, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
  },

  'a list of all namespaces is in the order of namespace and name': async (t) => {
    const labels = { case: t.namespace };
    await t.given(configMap('b', labels), configMap('a', labels));
    await t.get('/api/v1/configmaps', { labelSelector: `case=${t.namespace}` });
  },

  'parameters that the server does not know are ignored, those that it cannot read are refused': async (t) => {
    await t.given('a');
    await t.names(t.configMaps, { unknown: 'x' });
    await t.get(t.configMaps, { limit: 'x' });
    await t.get(t.configMaps, { limit: -1 });
    await t.get(t.configMaps, { timeoutSeconds: 'x' });
    await t.names(t.configMaps, { watch: 'false' });
  },

  'a get shows one object, at "0" from the cache': async (t) => {
    await t.given('a');
    await t.get(`${t.configMaps}/a`);
    await t.names(t.configMaps);
    await t.get(`${t.configMaps}/a`, { resourceVersion: 0 });
  },
});
