import { cases, configMap, gadget } from '../script.ts';

export const deletes = cases({
  'E2 a deletion answers a Status, and has a resourceVersion of its own in its frame': async (t) => {
    const [created] = await t.given('a');
    const watch = await t.watch(t.configMaps, { resourceVersion: created?.resourceVersion ?? '' });
    await t.delete(`${t.configMaps}/a`);
    await t.given('b');
    await watch.next(2);
    await t.get(`${t.configMaps}/a`);
  },

  'a deletion under conditions that do not hold is a 409': async (t) => {
    const [created] = await t.given('a');
    const changed = await t.changed('a');
    const uid = '00000000-0000-0000-0000-000000000000';
    await t.delete(`${t.configMaps}/a`, { preconditions: { uid } });
    await t.delete(`${t.configMaps}/a`, { preconditions: { resourceVersion: created?.resourceVersion ?? '' } });
    await t.delete(`${t.configMaps}/a`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: changed.uid, resourceVersion: changed.resourceVersion },
    });
  },

  'with a finalizer a deletion is MODIFIED, and DELETED when the last finalizer goes': async (t) => {
    const finalizers = ['example.com/one', 'example.com/two'];
    const [created] = await t.given({ metadata: { name: 'a', finalizers }, data: { value: 'first' } });
    const watch = await t.watch(t.configMaps, { resourceVersion: created?.resourceVersion ?? '' });
    await t.delete(`${t.configMaps}/a`);
    await t.delete(`${t.configMaps}/a`);
    await t.get(`${t.configMaps}/a`);
    await t.patch(`${t.configMaps}/a`, { metadata: { finalizers: ['example.com/two'] } });
    await t.patch(`${t.configMaps}/a`, { metadata: { finalizers: null } });
    await t.get(`${t.configMaps}/a`);
    await watch.next(3);
  },

  'an object that is being deleted can be changed, and gets no more finalizers': async (t) => {
    const finalizers = ['example.com/one'];
    await t.given({ metadata: { name: 'a', finalizers }, data: { value: 'first' } });
    await t.delete(`${t.configMaps}/a`, undefined, {}, { brief: true });
    await t.patch(`${t.configMaps}/a`, { data: { value: 'second' } });
    await t.patch(`${t.configMaps}/a`, { metadata: { finalizers: [...finalizers, 'example.com/two'] } });
    await t.post(t.configMaps, configMap('a'));
  },

  'the update that removes the last finalizer of an object deletes it': async (t) => {
    const created = await t.post(
      t.gadgets,
      { ...gadget('a'), metadata: { name: 'a', finalizers: ['example.com/one'] } },
      {},
      { brief: true },
    );
    const watch = await t.watch(t.gadgets, { resourceVersion: created.resourceVersion });
    const deleting = await t.delete(`${t.gadgets}/a`);
    await t.put(`${t.gadgets}/a`, {
      ...gadget('a'),
      metadata: { name: 'a', resourceVersion: deleting.resourceVersion },
    });
    await watch.next(2);
  },

  'removing the finalizer of an object that is not being deleted keeps it': async (t) => {
    await t.given({ metadata: { name: 'a', finalizers: ['example.com/one'] } });
    await t.patch(`${t.configMaps}/a`, { metadata: { finalizers: null } });
    await t.names(t.configMaps);
  },

  'a finalizer without a group is refused': async (t) => {
    await t.post(t.configMaps, { metadata: { name: 'a', finalizers: ['one'] } });
  },

  'a collection is deleted by a selector': async (t) => {
    const [, , last] = await t.given(configMap('a', { app: 'web' }), configMap('b', { app: 'web' }), 'c');
    const watch = await t.watch(t.configMaps, { resourceVersion: last?.resourceVersion ?? '' });
    await t.delete(t.configMaps, undefined, { labelSelector: 'app=web' });
    await watch.next(2);
    await t.names(t.configMaps);
    await t.delete(t.configMaps, undefined, { labelSelector: 'app=web' });
  },

  'E5 an object that is created again has another uid': async (t) => {
    const [created] = await t.given('a');
    const watch = await t.watch(t.configMaps, { resourceVersion: created?.resourceVersion ?? '' });
    await t.deleted('a');
    const [again] = await t.given('a');
    await watch.next(2);
    await t.delete(`${t.configMaps}/a`, { preconditions: { uid: created?.uid ?? '' } });
    t.remark(created?.uid !== again?.uid, 'the uids differ');
  },

  'delete options that cannot be read are refused': async (t) => {
    await t.given('a');
    await t.delete(`${t.configMaps}/a`, '{"preconditions":');
    await t.delete(`${t.configMaps}/a`, { kind: 'ConfigMap', apiVersion: 'v1' });
    await t.delete(`${t.configMaps}/a`, { propagationPolicy: 'Sideways' });
    await t.delete(`${t.configMaps}/a`, { propagationPolicy: 'Background', gracePeriodSeconds: 0 });
  },
});
