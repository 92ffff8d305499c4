import { cases, configMap, gadget, PARTIAL, PARTIAL_LIST } from '../script.ts';

const partial = { headers: PARTIAL };
const partialList = { headers: PARTIAL_LIST };

export const metadataAndErrors = cases({
  'PartialObjectMetadata of a list': async (t) => {
    await t.given(configMap('a', { app: 'web' }), 'b');
    await t.get(t.configMaps, {}, partialList);
    await t.get(t.configMaps, { limit: 1 }, partialList);
    await t.post(t.gadgets, gadget('a'), {}, { brief: true });
    await t.get(t.gadgets, {}, partialList);
  },

  'PartialObjectMetadata of an object': async (t) => {
    await t.given(configMap('a', { app: 'web' }));
    await t.get(`${t.configMaps}/a`, {}, partial);
    await t.get(`${t.configMaps}/nobody`, {}, partial);
  },

  'PartialObjectMetadata of a watch': async (t) => {
    const [created] = await t.given(configMap('a', { app: 'web' }));
    const watch = await t.watch(t.configMaps, { resourceVersion: created?.resourceVersion ?? '' }, partial);
    await t.changed('a');
    await t.deleted('a');
    await watch.next(2);
  },

  'PartialObjectMetadata of a watch of custom resources, with a bookmark': async (t) => {
    const created = await t.post(t.gadgets, gadget('a'), {}, { brief: true });
    const query = { resourceVersion: created.resourceVersion, allowWatchBookmarks: true, timeoutSeconds: 4 };
    const watch = await t.watch(t.gadgets, query, { ...partial, bookmarks: true });
    await t.patch(`${t.gadgets}/a`, { spec: { size: 2 } }, {}, { brief: true });
    await watch.ended();
  },

  'PartialObjectMetadata of a watch that is too old or refused': async (t) => {
    await t.watch(t.configMaps, { resourceVersion: 'abc' }, partial);
    await t.watch(t.configMaps, { resourceVersion: 1, resourceVersionMatch: 'Exact' }, partial);
  },

  'C13 metadata of an object where a list is, and the other way round, is a 406': async (t) => {
    await t.given('a');
    await t.get(t.configMaps, {}, partial);
    await t.get(`${t.configMaps}/a`, {}, partialList);
    const watch = await t.watch(t.configMaps, { resourceVersion: 0, timeoutSeconds: 1 }, partialList);
    await watch.ended();
  },

  'C13 of several formats the first that is known is taken': async (t) => {
    await t.given('a');
    await t.get(t.configMaps, {}, { headers: { accept: `${PARTIAL_LIST.accept},application/json` } });
    await t.get(t.configMaps, {}, { headers: { accept: 'text/plain, application/json' } });
    await t.get(t.configMaps, {}, { headers: { accept: '*/*' } });
    await t.get(t.configMaps, {}, { headers: { accept: 'application/*' } });
  },

  'C13 a format that is not known is a 406': async (t) => {
    await t.get(t.configMaps, {}, { headers: { accept: 'text/plain' } });
    await t.get(t.configMaps, {}, { headers: { accept: 'application/json;as=Nothing;g=meta.k8s.io;v=v1' } });
  },

  'C10 what no path leads to is a 404 in text': async (t) => {
    await t.get('/nowhere');
    await t.get('/apis/nowhere.example.com/v1/things');
    await t.get('/apis/conformance.example.com/v9/gadgets');
    await t.get(`/apis/conformance.example.com/v1/namespaces/${t.namespace}/things`);
    await t.get('/api/v1/things');
    await t.get(`${t.configMaps}/a/nothing`);
    await t.watch('/apis/nowhere.example.com/v1/things');
  },

  'C11 a method that a path does not have is a 405': async (t) => {
    await t.given('a');
    await t.post(`${t.configMaps}/a`, configMap('a'));
    await t.put(t.configMaps, configMap('a'));
    await t.patch(t.configMaps, {});
    await t.post(`${t.gadgets}/a`, gadget('a'));
    await t.put(t.gadgets, gadget('a'));
  },
});
