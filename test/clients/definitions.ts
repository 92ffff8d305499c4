const SPEC = { type: 'object', properties: { size: { type: 'integer' } } };
const STATUS = { type: 'object', properties: { ready: { type: 'boolean' } } };

/** A custom resource with a status, for whoever creates one. */
export const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: SPEC, status: STATUS } } },
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.size' }],
      },
    ],
  },
};

export const WIDGET = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'a', namespace: 'default' },
  spec: { size: 1 },
};

const labels = { app: 'web' };
const containers = [{ name: 'main', image: 'registry.example/main:1' }];

export const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
};
