import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.js';
import { parseObjects } from './managed-fields.js';

const objectOf = ({ object }: JsonObject): readonly unknown[] => [object];
const itemsOf = ({ items }: JsonObject): readonly unknown[] => (Array.isArray(items) ? items : []);

const FIELDS = [
  { manager: 'kubelet', operation: 'Update', fieldsV1: { 'f:status': { 'k:{"type":"Ready"}': { '.': {} } } } },
];

function frame(metadata: JsonObject, rest: JsonObject = {}): string {
  return JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', metadata, ...rest } });
}

/** What was parsed, and whether its managedFields are an accessor. */
function parsed(text: string): { metadata: Record<string, unknown>; deferred: boolean } {
  const { object } = parseObjects(text, objectOf) as { object: { metadata: JsonObject } };
  const property = Object.getOwnPropertyDescriptor(object.metadata, 'managedFields');
  return { metadata: object.metadata, deferred: property?.get !== undefined };
}

describe('managedFields', () => {
  it('are parsed when they are read, once', () => {
    const { metadata, deferred } = parsed(frame({ name: 'a', managedFields: FIELDS }));

    expect(deferred).toBe(true);
    expect(metadata['managedFields']).toEqual(FIELDS);
    expect(metadata['managedFields']).toBe(metadata['managedFields']);
  });

  it('are a property like any other', () => {
    const { metadata } = parsed(frame({ name: 'a', managedFields: FIELDS }));

    expect(Object.keys(metadata)).toEqual(['name', 'managedFields']);
    expect('managedFields' in metadata).toBe(true);
    expect(JSON.parse(JSON.stringify(metadata))).toEqual({ name: 'a', managedFields: FIELDS });
    expect(structuredClone(metadata)).toEqual({ name: 'a', managedFields: FIELDS });
    expect({ ...metadata }).toEqual({ name: 'a', managedFields: FIELDS });
    expect(Object.freeze(metadata)['managedFields']).toEqual(FIELDS);
  });

  it('can be replaced and deleted', () => {
    const { metadata } = parsed(frame({ name: 'a', managedFields: FIELDS }));

    metadata['managedFields'] = undefined;
    expect(metadata).toEqual({ name: 'a', managedFields: undefined });
    delete metadata['managedFields'];
    expect('managedFields' in metadata).toBe(false);
  });

  it.each([
    ['first', { managedFields: FIELDS, name: 'a' }],
    ['in the middle', { generation: 1, managedFields: FIELDS, name: 'a' }],
    ['the only ones', { managedFields: FIELDS }],
    ['empty', { managedFields: [], name: 'a' }],
  ])('are found where they come %s', (_where, metadata) => {
    const found = parsed(frame(metadata));

    expect(found.deferred).toBe(true);
    expect(found.metadata).toEqual(metadata);
  });

  it('may have brackets in their names', () => {
    const fields = [{ manager: 'a],b', fieldsV1: { 'v:["x"]': {}, 'k:{"a":"]}"}': {} } }, { manager: ']},"' }];

    expect(parsed(frame({ name: 'a', managedFields: fields })).metadata['managedFields']).toEqual(fields);
  });

  it('of another object deep inside are left alone, and so are all others then', () => {
    const template = { metadata: { managedFields: FIELDS } };
    const found = parsed(frame({ name: 'a', managedFields: FIELDS }, { spec: { template } }));

    expect(found).toEqual({ deferred: false, metadata: { name: 'a', managedFields: FIELDS } });
    expect(parsed(frame({ name: 'a' }, { spec: { template } })).deferred).toBe(false);
  });

  it('are not taken for a number that stands in their place', () => {
    const metadata = { managedFields: 0 };

    expect(parsed(frame(metadata, { spec: { managedFields: FIELDS } }))).toEqual({ deferred: false, metadata });
  });

  it('in the text of an annotation are text', () => {
    const applied = JSON.stringify({ metadata: { managedFields: FIELDS } });
    const metadata = { annotations: { applied }, managedFields: FIELDS };

    expect(parsed(frame(metadata))).toEqual({ deferred: true, metadata });
  });

  it('do not keep their neighbours from being what JSON.parse makes of them', () => {
    const text = '{"type":"ADDED","object":{"metadata":{"__proto__":{"x":1},"managedFields":[{}],"name":"a"}}}';
    const { metadata } = parsed(text);

    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Object.keys(metadata)).toEqual(['__proto__', 'name', 'managedFields']);
  });

  it('of the items of a list go to their own item', () => {
    const items = [
      { metadata: { name: 'a', managedFields: [{ manager: 'a' }] } },
      { metadata: { name: 'b' } },
      { metadata: { managedFields: [{ manager: 'c' }], name: 'c' } },
    ];

    expect(parseObjects(JSON.stringify({ kind: 'PodList', items }), itemsOf)).toEqual({ kind: 'PodList', items });
  });

  it('leave the last word on what JSON is to the parser', () => {
    const text = frame({ name: 'a', managedFields: FIELDS }, { spec: { a: [1, 2, 3] } });

    for (let end = 0; end < text.length; end += 1) expect(parseObjects(text.slice(0, end), objectOf)).toBeUndefined();
  });

  it('or not: every text is parsed as JSON.parse does', () => {
    const name = fc.constantFrom(
      'object',
      'metadata',
      'managedFields',
      'items',
      'name',
      ']',
      '"managedFields":[',
      '}]',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 6 }, fc.string(), name, fc.integer(), fc.constant(null), tie('array'), tie('record')),
      array: fc.array(tie('value'), { maxLength: 3 }),
      record: fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    }));
    const property = fc.property(value, fc.constantFrom(objectOf, itemsOf), (json, objectsOf) => {
      const text = JSON.stringify(json);

      expect(JSON.parse(JSON.stringify(parseObjects(text, objectsOf)))).toEqual(JSON.parse(text));
    });

    fc.assert(property, { numRuns: 2_000 });
  });
});
