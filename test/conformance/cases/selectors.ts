import { cases, configMap, gadget, type Script } from '../script.ts';

async function relabel(t: Script, name: string, app: string | null): Promise<void> {
  await t.patch(`${t.configMaps}/${name}`, { metadata: { labels: { app } } }, {}, { brief: true });
}

export const selectors = cases({
  'E3 lists by labels': async (t) => {
    await t.given(configMap('web', { app: 'web', tier: 'front' }), configMap('api', { app: 'api' }), 'none');
    for (const labelSelector of [
      '',
      'app=web',
      'app==web',
      'app!=web',
      'app in (web,api)',
      'app notin (web)',
      'app',
      '!app',
      'app,tier=front',
      'app=web,app=api',
      'app=',
      'app in ()',
      ' app = web , tier ',
    ]) {
      await t.names(t.configMaps, { labelSelector });
    }
  },

  'E3 lists by labels that are numbers': async (t) => {
    await t.given(configMap('one', { size: '1' }), configMap('five', { size: '5' }), configMap('x', { size: 'x' }));
    for (const labelSelector of ['size>1', 'size<5', 'size>x']) await t.names(t.configMaps, { labelSelector });
  },

  'E3 an object that begins to match is ADDED, one that no longer matches is DELETED': async (t) => {
    await t.given(configMap('a', { app: 'web' }));
    const { resourceVersion } = await t.names(t.configMaps).then(() => t.get(`${t.configMaps}/a`));
    const watch = await t.watch(t.configMaps, { resourceVersion, labelSelector: 'app=web' });
    await relabel(t, 'a', 'api');
    await t.changed('a', 'unseen');
    await relabel(t, 'a', 'web');
    await relabel(t, 'a', null);
    await t.deleted('a');
    await t.given(configMap('b', { app: 'web' }));
    await watch.next(4);
  },

  'E3 a change that keeps an object in the selection is MODIFIED': async (t) => {
    const [first] = await t.given(configMap('a', { app: 'web' }));
    const watch = await t.watch(t.configMaps, {
      resourceVersion: first?.resourceVersion ?? '',
      labelSelector: 'app in (web,api)',
    });
    await relabel(t, 'a', 'api');
    await t.deleted('a');
    await watch.next(2);
  },

  'E3 history is replayed by the selection as it was': async (t) => {
    const [first] = await t.given('first', configMap('a', { app: 'web' }), configMap('b', { app: 'api' }));
    await relabel(t, 'a', 'api');
    await relabel(t, 'b', 'web');
    await t.deleted('b');
    await t.given(configMap('c', { app: 'web' }));
    const watch = await t.watch(t.configMaps, {
      resourceVersion: first?.resourceVersion ?? '',
      labelSelector: 'app=web',
    });
    await watch.next(5);
  },

  'E3 a custom resource enters and leaves as well': async (t) => {
    const created = await t.post(t.gadgets, gadget('a'), {}, { brief: true });
    const { resourceVersion } = created;
    const watch = await t.watch(t.gadgets, { resourceVersion, labelSelector: '!hidden' });
    for (const hidden of ['yes', null]) {
      await t.patch(`${t.gadgets}/a`, { metadata: { labels: { hidden } } }, {}, { brief: true });
    }
    await watch.next(2);
  },

  'A11 a watch at "" replays what is selected': async (t) => {
    await t.given(configMap('a', { app: 'web' }), configMap('b', { app: 'api' }));
    await t.names(t.configMaps);
    const watch = await t.watch(t.configMaps, { labelSelector: 'app=api' });
    await watch.next();
    await relabel(t, 'a', 'api');
    await watch.next();
  },

  'A12 lists by fields': async (t) => {
    await t.given('a', 'b');
    for (const fieldSelector of [
      'metadata.name=a',
      'metadata.name==a',
      'metadata.name!=a',
      'metadata.name=a,metadata.name=b',
      `metadata.namespace=${t.namespace}`,
      'metadata.namespace=elsewhere',
      `metadata.namespace=${t.namespace},metadata.name=b`,
      'metadata.name=nobody',
      '',
    ]) {
      await t.names(t.configMaps, { fieldSelector });
    }
    await t.names('/api/v1/configmaps', { fieldSelector: `metadata.namespace=${t.namespace}` });
  },

  'A12 a field can have any value, with backslashes where it means something': async (t) => {
    await t.given('a');
    for (const fieldSelector of ['metadata.name!=a\\,b', 'metadata.name!=a\\=b', 'metadata.name!=a\\\\']) {
      await t.names(t.configMaps, { fieldSelector });
    }
    for (const fieldSelector of [
      'metadata.name!=a=b',
      'metadata.name!=a\\b',
      'metadata.name!=a\\',
      ',metadata.name=a,',
    ]) {
      await t.get(t.configMaps, { fieldSelector });
    }
  },

  'C12 a label selector that cannot be read is refused': async (t) => {
    for (const labelSelector of ['app=(', 'app in web', '=web', 'app===web', 'a b', 'app=-web', '-app']) {
      await t.get(t.configMaps, { labelSelector });
    }
    await t.watch(t.configMaps, { labelSelector: 'app in web' });
    const keys = [
      'a/b/c',
      'a//b',
      '/app',
      'a/',
      'Example.com/app',
      'a..b/app',
      'x'.repeat(64),
      `${'x'.repeat(254)}/app`,
    ];
    for (const labelSelector of [...keys, `app=${'x'.repeat(64)}`]) await t.get(t.configMaps, { labelSelector });
  },

  'C12 a field that cannot be selected by is refused': async (t) => {
    await t.get(t.configMaps, { fieldSelector: 'data.value=first' });
    await t.get(t.configMaps, { fieldSelector: 'metadata.name' });
    await t.get(t.configMaps, { fieldSelector: 'metadata.uid=x' });
    await t.watch(t.configMaps, { fieldSelector: 'spec.x=1' });
    await t.get(t.gadgets, { fieldSelector: 'spec.size=1' });
  },
});
