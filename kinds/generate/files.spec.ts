import { expect, it } from 'vitest';
import { readApi, type Schema } from './api.ts';
import { filesOf } from './files.ts';
import { completed } from './untold.ts';

const SHOP = 'io.example.api.shop';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** A server with a kind in two versions, and with two kinds of one name. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/version': { gitVersion: 'v1.0.0' },
  '/apis': { groups: [group('shop.example', 'v2', 'v1'), group('toys.example', 'v1')] },
  '/api/v1': {
    resources: [
      resource('carts', 'Cart'),
      resource('carts/status', 'Cart', ['get']),
      resource('receipts', 'Receipt', ['create']),
    ],
  },
  '/openapi/v3/api/v1': schemas({
    'io.k8s.api.core.v1.Cart': kind('', 'v1', 'Cart', {
      items: { ...list(ref(`${SHOP}.v2.Item`)), nullable: true },
      since: { ...ref(`${META}.Time`), description: 'When it was taken.', nullable: true },
      paid: { type: 'boolean', description: 'As in */paid.' },
      payment: { type: 'string', enum: ['Card', 'Cash'] },
      notes: { type: 'object', additionalProperties: list({ type: 'string' }) },
      anything: { type: 'object' },
    }),
    [`${META}.Time`]: { type: 'string' },
  }),
  '/apis/shop.example/v2': { resources: [{ ...resource('items', 'Item'), namespaced: false }] },
  '/openapi/v3/apis/shop.example/v2': schemas({
    [`${SHOP}.v2.Item`]: kind('shop.example', 'v2', 'Item', { size: ref(`${SHOP}.v2.Size`) }),
    [`${SHOP}.v2.Size`]: { type: 'object', required: ['litres'], properties: { litres: { type: 'integer' } } },
    [`${SHOP}.v2.Unused`]: { type: 'object' },
  }),
  '/apis/shop.example/v1': { resources: [resource('items', 'Item')] },
  '/openapi/v3/apis/shop.example/v1': schemas({ [`${SHOP}.v1.Item`]: kind('shop.example', 'v1', 'Item') }),
  '/apis/toys.example/v1': { resources: [resource('carts', 'Cart')] },
  '/openapi/v3/apis/toys.example/v1': schemas({ 'io.example.api.toys.v1.Cart': kind('toys.example', 'v1', 'Cart') }),
};

it('puts each kind into the module of its group and version, and the preferred ones into the index', async () => {
  const files = await generate();
  const modules = ['core/v1.ts', 'meta/v1.ts', 'shop.example/v1.ts', 'shop.example/v2.ts', 'toys.example/v1.ts'];
  expect(new Set(files.keys())).toEqual(new Set(['index.ts', ...modules]));
  // Of two kinds of one name it is the one of the first group.
  expect(files.get('index.ts')?.match(/^export.*/gm)).toEqual([
    "export { Cart } from './core/v1.js';",
    "export { Item } from './shop.example/v2.js';",
    "export type { NamespacedObjectMeta, ServedObjectMeta } from './metadata.js';",
  ]);
  expect(files.get('shop.example/v2.ts')).toContain(
    `Item: Kind<Item, 'items.shop.example'> = ${JSON.stringify({
      id: 'items.shop.example',
      group: 'shop.example',
      version: 'v2',
      plural: 'items',
      kind: 'Item',
      listKind: 'ItemList',
      namespaced: false,
    })};`,
  );
});

it('declares what a kind consists of, and imports what another module has of it', async () => {
  const files = await generate();
  expect(lines(files.get('core/v1.ts'))).toEqual([
    "import type { Embedded, NamespacedObjectMeta } from '../metadata.js';",
    "import type { Item } from '../shop.example/v2.js';",
    "import type { Kind } from '../../src/kind.js';",
    "import type { Time } from '../meta/v1.js';",
    'export interface Cart {',
    'readonly items?: (readonly Embedded<Item>[] | null);',
    '/**',
    '* When it was taken.',
    '*/',
    'readonly since?: (Time | null);',
    '/**',
    '* As in *\\/paid.',
    '*/',
    'readonly paid?: boolean;',
    'readonly payment?: ("Card" | "Cash");',
    'readonly notes?: {',
    'readonly [k: string]: readonly string[];',
    '};',
    'readonly anything?: {',
    'readonly [k: string]: unknown;',
    '};',
    'readonly apiVersion: "v1";',
    'readonly kind: "Cart";',
    'readonly metadata: NamespacedObjectMeta;',
    '}',
    expect.stringContaining('export const Cart:'),
  ]);
  expect(lines(files.get('shop.example/v2.ts'))).toEqual(
    expect.arrayContaining([
      'readonly size?: Size;',
      'readonly metadata: ServedObjectMeta;',
      'readonly litres: number;',
    ]),
  );
  expect(files.get('shop.example/v2.ts')).not.toContain('Unused');
});

it('has the other versions of a group for kinds that the preferred one lacks, in their order', async () => {
  const files = await generate({
    ...ANSWERS,
    '/apis': { groups: [{ ...group('shop.example', 'v1', 'v3', 'v2'), preferredVersion: { version: 'v2' } }] },
    '/apis/shop.example/v1': { resources: [resource('items', 'Item'), resource('coupons', 'Coupon')] },
    '/openapi/v3/apis/shop.example/v1': schemas({
      [`${SHOP}.v1.Item`]: kind('shop.example', 'v1', 'Item'),
      [`${SHOP}.v1.Coupon`]: kind('shop.example', 'v1', 'Coupon'),
    }),
    '/apis/shop.example/v3': { resources: [resource('coupons', 'Coupon')] },
    '/openapi/v3/apis/shop.example/v3': schemas({ [`${SHOP}.v3.Coupon`]: kind('shop.example', 'v3', 'Coupon') }),
  });
  expect(files.get('index.ts')?.match(/^export \{.*shop.*/gm)).toEqual([
    "export { Item } from './shop.example/v2.js';",
    "export { Coupon } from './shop.example/v1.js';",
  ]);
});

it('fails where the server does not describe what it serves', async () => {
  const answers = { ...ANSWERS, '/openapi/v3/apis/toys.example/v1': {} };
  await expect(generate(answers)).rejects.toThrow('no schema describes Cart of apis/toys.example/v1');
});

it.each([
  [
    'two of one name that every group uses',
    { since: ref(`${META}.Time`), all: ref(`${META}.Span`) },
    {
      [`${META}.Span`]: { type: 'object', properties: { end: ref('io.k8s.apimachinery.pkg.time.Time') } },
      'io.k8s.apimachinery.pkg.time.Time': { type: 'string' },
    },
    `meta/v1 has two types called Time: io.k8s.apimachinery.pkg.time.Time and ${META}.Time`,
  ],
  [
    'one of another module by the name of one of its own',
    { toy: ref('io.example.api.toys.v1.Cart') },
    {},
    'core/v1 has two types called Cart: io.k8s.api.core.v1.Cart and io.example.api.toys.v1.Cart',
  ],
  [
    'one by a name that all modules import',
    { kindOf: ref('io.k8s.api.core.v1.Kind') },
    { 'io.k8s.api.core.v1.Kind': { type: 'string' } },
    'core/v1 has two types called Kind: io.k8s.api.core.v1.Kind and ../src/kind',
  ],
  [
    'one that is nowhere',
    { lid: ref('io.k8s.api.core.v1.Lid') },
    {},
    'io.k8s.api.core.v1.Lid is referred to, and described nowhere',
  ],
  [
    'one of a group without kinds',
    { lid: ref('io.example.api.lids.v1.Lid') },
    { 'io.example.api.lids.v1.Lid': { type: 'string' } },
    'io.example.api.lids.v1.Lid is of no known group',
  ],
  [
    'all of several',
    { lid: { allOf: [{ $ref: `#/${META}.Time` }, { type: 'string' }] } },
    {},
    `Cart: allOf must be one reference, got [{"$ref":"#/${META}.Time"},{"type":"string"}]`,
  ],
  [
    'all of something else than a reference',
    { lid: list({ allOf: [{ type: 'string' }] }) },
    {},
    'Cart: allOf must be one reference, got [{"type":"string"}]',
  ],
  ['all of nothing', { lid: { allOf: [] } }, {}, 'Cart: allOf must be one reference, got []'],
])('fails where a schema needs %s', async (_what, properties, others, message) => {
  const document = schemas({
    'io.k8s.api.core.v1.Cart': kind('', 'v1', 'Cart', properties),
    [`${META}.Time`]: { type: 'string' },
    ...others,
  });
  await expect(generate({ ...ANSWERS, '/openapi/v3/api/v1': document })).rejects.toThrow(new Error(message));
});

it('fails where something that is said in addition fits nothing any more', () => {
  expect(() => completed(new Map())).toThrow(/^io\.k8s\..* is described nowhere any more$/);

  class WithoutFields extends Map<string, Schema> {
    override get(): Schema {
      return { properties: {} };
    }
  }
  expect(() => completed(new WithoutFields())).toThrow(/^io\.k8s\..*Status has no field conditions any more$/);
});

async function generate(answers = ANSWERS): Promise<Map<string, string>> {
  return filesOf(await readApi((path) => Promise.resolve(answers[path])));
}

/** Without the first one, which all files have, and without the layout, which is Prettier's. */
function lines(text = ''): string[] {
  const trimmed = text.split('\n').map((line) => line.trim());
  return trimmed.slice(1).filter((line) => line !== '');
}

function group(name: string, ...versions: readonly string[]): object {
  const all = versions.map((version) => ({ version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function resource(name: string, kind: string, verbs = ['list', 'watch']): object {
  return { name, kind, namespaced: true, verbs };
}

function schemas(named: Readonly<Record<string, object>>): object {
  return { components: { schemas: named } };
}

function kind(group: string, version: string, kind: string, properties: object = {}): object {
  return { type: 'object', properties, 'x-kubernetes-group-version-kind': [{ group, version, kind }] };
}

function ref(name: string): object {
  return { allOf: [{ $ref: `#/components/schemas/${name}` }] };
}

function list(items: object): object {
  return { type: 'array', items };
}
