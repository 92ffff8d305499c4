import { cases, configMap, gadget, PARTIAL } from '../script.ts';
import { FUTURE } from '../transcript.ts';

const streamed = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };

export const streamingLists = cases({
  'H1 H3 H4 a streaming list is all objects, the marker, and what happens then': async (t) => {
    await t.given('b', 'a');
    const watch = await t.watch(t.configMaps, streamed);
    await watch.next(3);
    await t.given('c');
    await t.changed('a');
    await t.deleted('b');
    await watch.next(3);
  },

  'H3 an empty streaming list is the marker alone': async (t) => {
    const watch = await t.watch(t.configMaps, streamed);
    await watch.next();
    await t.given('a');
    await watch.next();
  },

  'H1 a streaming list at "0" is what the cache has': async (t) => {
    await t.given('b', 'a');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, { ...streamed, resourceVersion: 0 });
    await watch.next(3);
  },

  'H1 a streaming list not older than a resourceVersion shows the present': async (t) => {
    const [first] = await t.given('a', 'b');
    await t.changed('a');
    await t.deleted('b');
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, { ...streamed, resourceVersion: first?.resourceVersion ?? '' });
    await watch.next(2);
    await t.given('c');
    await watch.next();
  },

  'H1 a streaming list of a selection': async (t) => {
    await t.given(configMap('a', { app: 'web' }), configMap('b', { app: 'api' }));
    const watch = await t.watch(t.configMaps, { ...streamed, labelSelector: 'app=web' });
    await watch.next(2);
    await t.patch(`${t.configMaps}/b`, { metadata: { labels: { app: 'web' } } }, {}, { brief: true });
    await watch.next();
  },

  'H1 a streaming list of custom resources': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, { brief: true });
    const watch = await t.watch(t.gadgets, streamed);
    await watch.next(2);
    await t.delete(`${t.gadgets}/a`, undefined, {}, { brief: true });
    await watch.next();
  },

  'H1 a streaming list of metadata': async (t) => {
    await t.given(configMap('a', { app: 'web' }));
    const watch = await t.watch(t.configMaps, streamed, { headers: PARTIAL });
    await watch.next(2);
  },

  'H3 without bookmarks a streaming list has no marker': async (t) => {
    await t.given('a');
    const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
    const watch = await t.watch(t.configMaps, query);
    await watch.next();
    await t.given('b');
    await watch.next();
  },

  'H8 sendInitialEvents=false at "0" is only what happens from now on': async (t) => {
    await t.given('a');
    await t.names(t.configMaps);
    const query = { resourceVersion: 0, sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' };
    const watch = await t.watch(t.configMaps, query);
    await watch.silent();
    await t.changed('a');
    await watch.next();
  },

  'H8 sendInitialEvents=false at a resourceVersion is a plain watch': async (t) => {
    const [first] = await t.given('a', 'b');
    const resourceVersion = first?.resourceVersion ?? '';
    const query = { resourceVersion, sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' };
    const watch = await t.watch(t.configMaps, query);
    await watch.next();
  },

  'F10 a streaming list in the future is a 504 in a frame': async (t) => {
    await t.given('a');
    const start = performance.now();
    const watch = await t.watch(t.configMaps, { ...streamed, resourceVersion: FUTURE + 1 });
    await watch.next();
    t.remark(performance.now() - start > 2000, 'it took more than 2 s');
    await watch.ended();
  },

  'C12 sendInitialEvents without NotOlderThan is refused': async (t) => {
    await t.watch(t.configMaps, { sendInitialEvents: true });
    await t.watch(t.configMaps, { sendInitialEvents: true, resourceVersionMatch: 'Exact', resourceVersion: 1 });
    await t.watch(t.configMaps, { sendInitialEvents: false, resourceVersion: 1 });
  },

  'H5 timeoutSeconds ends the watch after a streaming list': async (t) => {
    await t.given('a');
    const watch = await t.watch(t.configMaps, { ...streamed, timeoutSeconds: 1 });
    await watch.ended();
  },
});
