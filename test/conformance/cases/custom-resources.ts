import { CRDS, crd, install, removed } from '../resources.ts';
import { cases, gadget } from '../script.ts';

const plain = (name: string, fields = {}): ReturnType<typeof gadget> => gadget(name, fields, 'Plain');
const brief = { brief: true };

export const customResources = cases({
  'B1 a list of custom resources says of each item what it is': async (t) => {
    await t.get(t.gadgets);
    await t.post(t.gadgets, gadget('b'), {}, brief);
    await t.post(t.gadgets, gadget('a'), {}, brief);
    await t.get(t.gadgets);
    await t.get(t.gadgets, { limit: 1 });
    await t.get(t.gadgets, { resourceVersion: 0 });
    await t.get(`${t.gadgets}/a`);
  },

  'a watch of custom resources': async (t) => {
    const created = await t.post(t.gadgets, gadget('a'), {}, brief);
    const watch = await t.watch(t.gadgets, { resourceVersion: created.resourceVersion });
    await t.patch(`${t.gadgets}/a`, { spec: { size: 2 } }, {}, brief);
    await t.delete(`${t.gadgets}/a`);
    await t.post(t.gadgets, gadget('a'), {}, brief);
    await watch.next(3);
  },

  'a new custom resource has generation 1, and no status': async (t) => {
    await t.post(t.gadgets, gadget('a', { spec: { size: 1 }, status: { ready: true } }));
  },

  'the generation grows with the spec, not with metadata or status': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, brief);
    await t.patch(`${t.gadgets}/a`, { metadata: { labels: { app: 'web' } } });
    await t.patch(`${t.gadgets}/a`, { spec: { size: 2 } });
    await t.patch(`${t.gadgets}/a/status`, { status: { ready: true } });
    await t.patch(`${t.gadgets}/a`, { spec: { size: 2 } });
    await t.patch(`${t.gadgets}/a`, { spec: null });
  },

  'an update leaves the status alone, an update of the status leaves all else alone': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, brief);
    const labels = { app: 'web' };
    const changed = gadget('a', { spec: { size: 2 }, status: { ready: true } });
    const withLabels = (resourceVersion: string): typeof changed => ({
      ...changed,
      metadata: { name: 'a', resourceVersion, labels },
    });
    const first = await t.get(`${t.gadgets}/a`, {}, brief);
    const second = await t.put(`${t.gadgets}/a/status`, withLabels(first.resourceVersion));
    await t.put(`${t.gadgets}/a`, {
      ...withLabels(second.resourceVersion),
      status: { ready: false },
    });
  },

  'a patch of the status leaves all else alone, and a patch of the object the status': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, brief);
    const patch = { metadata: { labels: { app: 'web' } }, spec: { size: 2 }, status: { ready: true } };
    await t.patch(`${t.gadgets}/a/status`, patch);
    await t.patch(`${t.gadgets}/a`, { ...patch, status: { ready: false } });
    await t.get(`${t.gadgets}/a/status`);
  },

  'a status that does not change makes no resourceVersion': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, brief);
    await t.patch(`${t.gadgets}/a/status`, { status: { ready: true } });
    await t.patch(`${t.gadgets}/a/status`, { status: { ready: true } });
    await t.patch(`${t.gadgets}/a`, { status: { ready: false } });
  },

  'an update of a custom resource needs its resourceVersion': async (t) => {
    const created = await t.post(t.gadgets, gadget('a'), {}, brief);
    const at = (resourceVersion: string): ReturnType<typeof gadget> => ({
      ...gadget('a', { spec: { size: 2 } }),
      metadata: { name: 'a', resourceVersion },
    });
    await t.put(`${t.gadgets}/a`, gadget('a', { spec: { size: 2 } }));
    await t.put(`${t.gadgets}/a`, at(created.resourceVersion));
    await t.put(`${t.gadgets}/a`, at(created.resourceVersion));
  },

  'without a status subresource the status is a field like any other': async (t) => {
    await t.post(t.plains, plain('a', { spec: { size: 1 }, status: { ready: false } }));
    await t.patch(`${t.plains}/a`, { status: { ready: true } });
    await t.patch(`${t.plains}/a`, { metadata: { labels: { app: 'web' } } });
    await t.patch(`${t.plains}/a/status`, { status: { ready: false } });
    await t.get(`${t.plains}/a/status`);
  },

  'a custom resource of another kind or version is a 400': async (t) => {
    await t.post(t.gadgets, gadget('a', {}, 'Plain'));
    await t.post(t.gadgets, { ...gadget('a'), apiVersion: 'conformance.example.com/v2' });
    await t.post(t.gadgets, { metadata: { name: 'a' } });
  },

  'a custom resource without a name, or with one that is none': async (t) => {
    await t.post(t.gadgets, { ...gadget('a'), metadata: {} });
    await t.post(t.gadgets, gadget('UPPER'));
    await t.post(t.gadgets, gadget('a'), {}, brief);
    await t.post(t.gadgets, gadget('a'));
    await t.get(`${t.gadgets}/nobody`);
  },

  'C10 a resource that is removed ends its watches, and is a 404 in text': async (t) => {
    const group = `${t.namespace}.example.com`;
    const definition = crd({ group, kind: 'Passing', hasStatus: false });
    const path = `/apis/${group}/v1/namespaces/${t.namespace}/passings`;
    const passing = (name: string): ReturnType<typeof gadget> => ({
      ...plain(name),
      apiVersion: `${group}/v1`,
      kind: 'Passing',
    });
    await install(t, definition);
    await t.post(path, passing('a'), {}, brief);
    const last = await t.post(path, passing('b'), {}, brief);
    const watch = await t.watch(path, { resourceVersion: last.resourceVersion });
    await t.delete(`${CRDS}/passings.${group}`, undefined, {}, { reduce: () => 'the definition' });
    await watch.ended();
    await removed(t, path);
    await t.get(path);
    await t.get(`/apis/${group}/v1`);
    await t.watch(path, { resourceVersion: last.resourceVersion });

    await install(t, definition);
    await t.get(path);
    await t.post(path, passing('a'), {}, brief);
    const late = await t.watch(path, { resourceVersion: last.resourceVersion });
    if (t.configuration.watchCache) await late.ended();
    else await late.next(3);
  },
});
