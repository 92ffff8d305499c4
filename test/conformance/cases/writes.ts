import { cases, configMap } from '../script.ts';

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };

export const writes = cases({
  'a new object gets uid, resourceVersion and creationTimestamp': async (t) => {
    await t.post(t.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', labels: { app: 'web' }, annotations: { note: 'x' } },
      data: { value: 'first' },
    });
  },

  'what the server sets is not taken from who creates': async (t) => {
    await t.post(t.configMaps, {
      metadata: {
        name: 'a',
        uid: '00000000-0000-0000-0000-000000000000',
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        generation: 7,
      },
      data: {},
    });
  },

  'a name is made from generateName': async (t) => {
    await t.post(t.configMaps, { metadata: { generateName: 'x-' } });
    await t.post(t.configMaps, { metadata: { generateName: 'x-', name: 'a' } });
  },

  'a name that is taken is a 409': async (t) => {
    await t.given('a');
    await t.post(t.configMaps, configMap('a'));
  },

  'without a name nothing is created': async (t) => {
    await t.post(t.configMaps, { metadata: {} });
    await t.post(t.configMaps, {});
  },

  'a name that is none is a 422': async (t) => {
    for (const name of ['UPPER', 'a_b', 'x'.repeat(254)]) {
      await t.post(t.configMaps, { metadata: { name } });
    }
  },

  'labels and data that are none are a 422': async (t) => {
    await t.post(t.configMaps, configMap('a', { 'a b': 'x' }));
    await t.post(t.configMaps, configMap('a', { app: 'not a label' }));
    await t.post(t.configMaps, configMap('a', {}, { 'no key': 'x' }));
  },

  'the namespace of the object has to be that of the path': async (t) => {
    await t.post(t.configMaps, { metadata: { name: 'a', namespace: 'elsewhere' } });
    await t.post(t.configMaps, { metadata: { name: 'a', namespace: t.namespace } }, {}, { brief: true });
    await t.put(`${t.configMaps}/a`, { metadata: { name: 'a', namespace: 'elsewhere' } });
  },

  'nothing is created in a namespace that does not exist': async (t) => {
    await t.post('/api/v1/namespaces/nowhere/configmaps', configMap('a'));
  },

  'a resourceVersion is not given to a new object': async (t) => {
    await t.post(t.configMaps, { metadata: { name: 'a', resourceVersion: '1' } });
  },

  'what is not there is a 404': async (t) => {
    await t.get(`${t.configMaps}/nobody`);
    await t.put(`${t.configMaps}/nobody`, configMap('nobody'));
    await t.patch(`${t.configMaps}/nobody`, {});
    await t.delete(`${t.configMaps}/nobody`);
  },

  'an update replaces the object': async (t) => {
    const [created] = await t.given(configMap('a', { app: 'web' }));
    const { resourceVersion, uid } = created?.metadata ?? {};
    await t.put(`${t.configMaps}/a`, {
      metadata: { name: 'a', resourceVersion: resourceVersion ?? '', uid: uid ?? '' },
      data: { other: 'second' },
    });
  },

  'an update from an old state is a 409': async (t) => {
    const [created] = await t.given('a');
    await t.changed('a');
    await t.put(`${t.configMaps}/a`, {
      metadata: { name: 'a', resourceVersion: created?.resourceVersion ?? '' },
      data: { value: 'lost' },
    });
    await t.get(`${t.configMaps}/a`);
  },

  'an update of another uid is a 409': async (t) => {
    await t.given('a');
    await t.put(`${t.configMaps}/a`, { metadata: { name: 'a', uid: '00000000-0000-0000-0000-000000000000' } });
  },

  'an update without a resourceVersion is unconditional': async (t) => {
    await t.given('a');
    await t.changed('a');
    await t.put(`${t.configMaps}/a`, configMap('a', {}, { value: 'third' }));
  },

  'an update under another name is a 400': async (t) => {
    await t.given('a');
    await t.put(`${t.configMaps}/a`, configMap('b'));
    await t.put(`${t.configMaps}/a`, { data: {} });
  },

  'a resourceVersion that is no number is refused in an update': async (t) => {
    await t.given('a');
    await t.put(`${t.configMaps}/a`, { metadata: { name: 'a', resourceVersion: 'abc' } });
  },

  'an update that changes nothing makes no resourceVersion and no event': async (t) => {
    const [created] = await t.given('a');
    const watch = await t.watch(t.configMaps, { resourceVersion: created?.resourceVersion ?? '' });
    await t.put(`${t.configMaps}/a`, configMap('a'));
    await t.patch(`${t.configMaps}/a`, { data: { value: 'first' } });
    await t.patch(`${t.configMaps}/a`, {});
    await t.changed('a');
    await watch.next();
  },

  'a merge patch sets, and removes what is null': async (t) => {
    await t.given(configMap('a', { app: 'web', tier: 'front' }, { one: '1', two: '2' }));
    await t.patch(`${t.configMaps}/a`, {
      metadata: { labels: { app: null, size: 'big' } },
      data: { one: null, three: '3', nothing: null },
    });
    await t.patch(`${t.configMaps}/a`, { metadata: { labels: null }, data: null });
  },

  'a merge patch from an old state is a 409': async (t) => {
    const [created] = await t.given('a');
    await t.changed('a');
    const metadata = { resourceVersion: created?.resourceVersion ?? '' };
    await t.patch(`${t.configMaps}/a`, { metadata, data: { value: 'lost' } });
    await t.patch(`${t.configMaps}/a`, { metadata: { uid: '00000000-0000-0000-0000-000000000000' } });
  },

  'a merge patch does not change who an object is': async (t) => {
    await t.given('a');
    await t.patch(`${t.configMaps}/a`, { metadata: { name: 'b' } });
    await t.patch(`${t.configMaps}/a`, { metadata: { namespace: 'elsewhere' } });
    await t.patch(`${t.configMaps}/a`, { kind: 'Secret' });
    await t.patch(`${t.configMaps}/a`, { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } });
  },

  'a patch that is none is refused': async (t) => {
    await t.given('a');
    await t.patch(`${t.configMaps}/a`, '{"data":');
    await t.patch(`${t.configMaps}/a`, '[]');
    await t.patch(`${t.configMaps}/a`, '"text"');
    await t.patch(`${t.configMaps}/a`, { data: 'text' });
  },

  'a patch of an unknown type is a 415': async (t) => {
    await t.given('a');
    await t.patch(`${t.configMaps}/a`, {}, {}, { headers: { 'content-type': 'text/plain' } });
    await t.patch(`${t.configMaps}/a`, {}, {}, { headers: { 'content-type': 'application/json' } });
    await t.patch(`${t.configMaps}/a`, [], {}, { headers: JSON_PATCH });
  },

  'a body that cannot be read is a 400': async (t) => {
    await t.post(t.configMaps, '{"metadata":');
    await t.post(t.configMaps, '');
    await t.post(t.configMaps, '[]');
  },

  'a body of another type is a 415': async (t) => {
    await t.post(t.configMaps, 'hello', {}, { headers: { 'content-type': 'text/plain' } });
  },

  'a body of another kind is a 400': async (t) => {
    await t.post(t.configMaps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } });
    await t.post(t.configMaps, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } });
    await t.post(t.configMaps, { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'a' } });
  },

  'a field that the kind does not have is dropped': async (t) => {
    await t.post(t.configMaps, { metadata: { name: 'a' }, data: {}, other: 'x' });
  },
});
