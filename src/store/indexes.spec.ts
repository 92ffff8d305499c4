import { describe, expect, it } from 'vitest';
import { thing, type Thing } from '../../test/double.js';
import type { ChangeOf } from './change.js';
import { Index } from './indexes.js';

const base = { resource: 'things', cluster: 'test', from: 'things' };
const added = (object: Thing): ChangeOf<Thing> => ({ type: 'added', ...base, object });
const deleted = (object: Thing): ChangeOf<Thing> => ({ type: 'deleted', ...base, object });

describe('an index', () => {
  it('I11, L24 keeps no empty bucket', () => {
    const index = new Index<Thing>(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    index.update(added(thing('a', 1)));
    index.update(added(thing('b', 1)));
    expect(index.size).toBe(3);
    index.update({ type: 'modified', ...base, object: thing('a', 2), previous: thing('a', 1) });
    expect(index.size).toBe(4);
    index.update(deleted(thing('a', 3)));
    expect(index.size).toBe(2);
    index.update(deleted(thing('b', 4)));
    expect(index.size).toBe(0);
  });

  it('finds again what somebody wrote to', () => {
    const labelled = { ...thing('a', 1), label: 'x' };
    const index = new Index<typeof labelled>(({ label }) => label);
    index.update({ type: 'added', ...base, object: labelled });
    labelled.label = 'y';
    index.update({ type: 'deleted', ...base, object: labelled });
    expect(index.size).toBe(0);
  });

  it('I11 takes an object out of its old places when the user’s function throws', () => {
    const index = new Index<Thing>(({ metadata }) => {
      if (metadata.resourceVersion === '2') throw new Error('broken');
      return 'x';
    });
    index.update(added(thing('a', 1)));
    expect(() => index.update({ type: 'modified', ...base, object: thing('a', 2), previous: thing('a', 1) })).toThrow(
      'broken',
    );
    expect(index.size).toBe(0);
    index.update(added(thing('a', 3)));
    expect(index.get('x')).toEqual([thing('a', 3)]);
  });
});
