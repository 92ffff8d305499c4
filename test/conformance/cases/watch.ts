import { BehaviorSubject } from 'rxjs';
import { customResource } from '../../../src/kind.js';
import type { Source } from '../../../src/source.js';
import type { ResourceOptions } from '../../../src/transport/url.js';
import { cluster, clusterAs, ConfigMaps, Followed, Gadgets } from '../follow.ts';
import { CRDS, crd, install, removed } from '../resources.ts';
import { cases, configMap, Disturbed, gadget, type Script } from '../script.ts';

const brief = { brief: true };

function configMaps(t: Script, options: ResourceOptions = {}): Source {
  return cluster(t).resource(ConfigMaps, { namespace: t.namespace, ...options });
}

/** Does not wait long for what is away. */
const retry = ({ retryIn }: { readonly retryIn: number }): number => Math.min(retryIn, 300);

export const watch$Cases = cases({
  'watch$: a list, and the changes after it': async (t) => {
    await t.given('b', 'a');
    const watch = new Followed(t, configMaps(t));
    await watch.through('initDone');
    await t.given('c');
    await t.changed('a');
    await t.deleted('b');
    await watch.next(3);
    t.steps.push(watch.changed(), watch.requested());
  },

  'watch$: a paged list, and the changes after it': async (t) => {
    await t.given('a', 'b', 'c', 'd', 'e');
    const watch = new Followed(t, configMaps(t), { initialList: 'paged', pageSize: 2 });
    await watch.through('initDone');
    await t.changed('a');
    await t.deleted('b');
    await watch.next(2);
    t.steps.push(watch.requested());
  },

  'watch$: an empty list': async (t) => {
    const watch = new Followed(t, configMaps(t));
    await watch.through('initDone');
    await t.given('a');
    await watch.next();
  },

  'watch$: freshness any': async (t) => {
    await t.given('a');
    await t.names(t.configMaps);
    const watch = new Followed(t, configMaps(t), { freshness: 'any' });
    await watch.through('initDone');
    await t.changed('a');
    await watch.next();
    t.steps.push(watch.requested());
  },

  'watch$: an object that enters and leaves the selection': async (t) => {
    await t.given(configMap('a', { app: 'web' }), configMap('b', { app: 'api' }));
    const watch = new Followed(t, configMaps(t, { labels: { app: 'web' } }));
    await watch.through('initDone');
    for (const [name, app] of [
      ['b', 'web'],
      ['b', 'api'],
      ['a', 'api'],
      ['a', 'web'],
    ] as const) {
      await t.patch(`${t.configMaps}/${name}`, { metadata: { labels: { app } } }, {}, brief);
    }
    await watch.next(4);
    t.steps.push(watch.changed());
  },

  'watch$: one object by its name': async (t) => {
    await t.given('a', 'b');
    const watch = new Followed(t, configMaps(t, { name: 'a' }));
    await watch.through('initDone');
    await t.changed('b');
    await t.changed('a');
    await t.deleted('a');
    await watch.next(2);
  },

  'watch$: metadata only': async (t) => {
    await t.given(configMap('a', { app: 'web' }));
    const watch = new Followed(t, cluster(t).resource(ConfigMaps, { namespace: t.namespace, metadataOnly: true }));
    await watch.through('initDone');
    await t.changed('a');
    await t.deleted('a');
    await watch.next(2);
    await t.post(t.gadgets, gadget('a'), {}, brief);
    const paged = new Followed(t, cluster(t).resource(Gadgets, { namespace: t.namespace, metadataOnly: true }), {
      initialList: 'paged',
    });
    await paged.through('initDone');
  },

  'watch$: all namespaces': async (t) => {
    const labels = { case: t.namespace };
    await t.given(configMap('a', labels));
    const watch = new Followed(t, cluster(t).resource(ConfigMaps, { labels }));
    await watch.through('initDone');
    await t.given(configMap('b', labels));
    await watch.next();
  },

  'watch$: custom resources and their status': async (t) => {
    await t.post(t.gadgets, gadget('a'), {}, brief);
    const watch = new Followed(t, cluster(t).resource(Gadgets, { namespace: t.namespace }));
    await watch.through('initDone');
    await t.patch(`${t.gadgets}/a/status`, { status: { ready: true } }, {}, brief);
    await t.delete(`${t.gadgets}/a`, undefined, {}, brief);
    await watch.next(2);
  },

  'watch$: from a resourceVersion that was seen before': async (t) => {
    const [first] = await t.given('a', 'b');
    await t.changed('a');
    await t.deleted('b');
    const watch = new Followed(t, configMaps(t), { resourceVersion: first?.resourceVersion });
    await watch.next(3);
    await t.given('c');
    await watch.next();
    t.steps.push(watch.changed(), watch.requested());
  },

  'watch$: an object that is deleted and created again': async (t) => {
    await t.given('a');
    const watch = new Followed(t, configMaps(t));
    await watch.through('initDone');
    await t.deleted('a');
    await t.given('a');
    await watch.next(2);
    t.steps.push(watch.changed());
  },

  'watch$: an object with a finalizer': async (t) => {
    await t.given({ metadata: { name: 'a', finalizers: ['example.com/one'] } });
    const watch = new Followed(t, configMaps(t));
    await watch.through('initDone');
    await t.deleted('a');
    await t.patch(`${t.configMaps}/a`, { metadata: { finalizers: null } }, {}, brief);
    await watch.next(2);
  },

  'watch$: paused and resumed': async (t) => {
    await t.given('a');
    const pauseWhile = new BehaviorSubject(false);
    const watch = new Followed(t, configMaps(t), { pauseWhile });
    await watch.through('initDone');
    pauseWhile.next(true);
    await watch.through('paused');
    await t.changed('a');
    await t.given('b');
    pauseWhile.next(false);
    await watch.next(2);
  },

  'watch$: C8 an unknown token is the end of a watch that never worked': async (t) => {
    const unknown = await clusterAs(t, 'unknown');
    const watch = new Followed(t, unknown.resource(ConfigMaps, { namespace: t.namespace }));
    await watch.next(3);
  },

  'watch$: C9 who may not is told so': async (t) => {
    const nobody = await clusterAs(t, undefined);
    const watch = new Followed(t, nobody.resource(ConfigMaps, { namespace: t.namespace }));
    await watch.next(3);
    const paged = new Followed(t, nobody.resource(ConfigMaps), { initialList: 'paged' });
    await paged.next(3);
  },

  'watch$: C10 a resource that is not there': async (t) => {
    const Things = customResource()({ group: 'nowhere.example.com', version: 'v1', plural: 'things', kind: 'Thing' });
    const watch = new Followed(t, cluster(t).resource(Things, { namespace: t.namespace }));
    await watch.next(3);
  },

  'watch$: C10 a resource that is removed, and comes back': async (t) => {
    const group = `${t.namespace}.example.com`;
    const definition = crd({ group, kind: 'Passing', hasStatus: false });
    const path = `/apis/${group}/v1/namespaces/${t.namespace}/passings`;
    const object = { apiVersion: `${group}/v1`, kind: 'Passing', metadata: { name: 'a' } };
    const Passings = customResource()({ group, version: 'v1', plural: 'passings', kind: 'Passing' });
    await install(t, definition);
    await t.post(path, object, {}, brief);
    const watched = cluster(t).resource(Passings, { namespace: t.namespace });
    const watch = new Followed(t, watched, { retry, ignoresInterruptions: true });
    await watch.through('initDone');
    await t.delete(`${CRDS}/passings.${group}`, undefined, {}, { reduce: () => 'the definition' });
    await watch.next();
    await removed(t, path);
    await watch.interruptedBy(404);
    await install(t, definition);
    await watch.through('initDone');
    await t.post(path, object, {}, brief);
    await watch.next();
    t.steps.push(watch.changed());
  },
});

export const watch$CasesAlone = cases(
  {
    'watch$: F6 after a restart with other writes in between, what changed meanwhile': async (t) => {
      await t.given('kept', 'changed', 'deleted', 'recreated');
      const pauseWhile = new BehaviorSubject(false);
      const watch = new Followed(t, configMaps(t), { pauseWhile });
      const { resourceVersion } = (await watch.through('initDone')) as { readonly resourceVersion: string };
      pauseWhile.next(true);
      await watch.through('paused');
      await t.deleted('deleted');
      await t.deleted('recreated');
      await t.changed('changed');
      await t.given('created', 'recreated');
      await t.restart();
      await t.hasForgotten(resourceVersion);
      pauseWhile.next(false);
      if (t.configuration.watchCache) await watch.through('initDone');
      else await watch.next(5);
      t.steps.push(watch.changed());
    },

    'watch$: C5 after a restart without other writes, nothing is listed again': async (t) => {
      await t.given('a');
      const watch = new Followed(t, configMaps(t), { retry, ignoresInterruptions: true });
      await watch.through('initDone');
      await t.changed('a', 'before');
      await watch.next();
      await t.restart();
      await t.changed('a', 'after');
      const { type } = await watch.next();
      if (type === 'init') throw new Disturbed();
      await t.deleted('a');
      await watch.next();
    },

    'watch$: C1 a resourceVersion that is too old is a list': async (t) => {
      const [first] = await t.given('a', 'b');
      await t.changed('a');
      await t.restart();
      const resourceVersion = first?.resourceVersion ?? '';
      await t.hasForgotten(resourceVersion);
      const watch = new Followed(t, configMaps(t), { resourceVersion });
      if (t.configuration.watchCache) await watch.through('initDone');
      else await watch.next(2);
      await t.given('c');
      await watch.next();
      t.steps.push(watch.requested());
    },

    'watch$: F6 C1 a compaction': async (t) => {
      const [first] = await t.given('a', 'b');
      await t.changed('a');
      await t.compact();
      const watch = new Followed(t, configMaps(t), { resourceVersion: first?.resourceVersion });
      if (t.configuration.watchCache) await watch.next(2);
      else await watch.through('initDone');
      await t.given('c');
      await watch.next();
    },
  },
  { alone: true },
);
