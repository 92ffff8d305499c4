import { describe, expect, it } from 'vitest';
import { thing, type Thing } from '../../test/double.js';
import type { ChangeOf } from '../../src/store/change.js';
import { JoinSide } from './join-side.js';

const base = { resource: 'things', cluster: 'test', from: 'things' };
const added = (object: Thing): ChangeOf<Thing> => ({ type: 'added', ...base, object });
const deleted = (object: Thing): ChangeOf<Thing> => ({ type: 'deleted', ...base, object });

/** Two sides whose objects are filed under the letters of their name. */
function sides(matches: (object: Thing, partner: Thing) => boolean = () => true): {
  readonly left: JoinSide<Thing, Thing>;
  readonly right: JoinSide<Thing, Thing>;
  readonly touch: (side: 'left' | 'right', change: ChangeOf<Thing>) => string[];
  readonly partners: () => string[];
} {
  const left = new JoinSide<Thing, Thing>(({ metadata }) => metadata.name.split(''), matches);
  const right = new JoinSide<Thing, Thing>(({ metadata }) => metadata.name.split(''), matches);
  const nameOf = ({ object }: { readonly object: Thing }): string => object.metadata.name;
  return {
    left,
    right,
    touch: (side, change) =>
      [...(side === 'left' ? left.update(change, right) : right.update(change, left)).touched].map(nameOf),
    partners: () => [...left.values()].map((one) => `${nameOf(one)}: ${[...one.partners].map(nameOf).join()}`),
  };
}

describe('a side of a join', () => {
  it('links objects that share a key, once where they share several', () => {
    const { touch, partners } = sides();
    expect(touch('left', added(thing('ab', 1)))).toEqual([]);
    expect(touch('left', added(thing('c', 2)))).toEqual([]);
    expect(touch('right', added(thing('abc', 3)))).toEqual(['ab', 'c']);
    expect(touch('right', added(thing('d', 4)))).toEqual([]);
    expect(touch('left', added(thing('da', 5)))).toEqual(['d', 'abc']);
    expect(partners()).toEqual(['ab: abc', 'c: abc', 'da: d,abc']);
  });

  it('links nothing that does not match, and unlinks what no longer does', () => {
    let wanted = '1';
    const { touch, partners } = sides((one, other) => [one, other].some((o) => o.metadata.resourceVersion === wanted));
    touch('left', added(thing('a', 1)));
    touch('left', added(thing('b', 2)));
    expect(touch('right', added(thing('ab', 3)))).toEqual(['a']);
    wanted = '2';
    expect(touch('right', added(thing('ab', 4)))).toEqual(['a', 'b']);
    expect(partners()).toEqual(['a: ', 'b: ab']);
  });

  it('tells who had an object that is gone', () => {
    const { touch, partners } = sides();
    touch('left', added(thing('a', 1)));
    touch('left', added(thing('b', 2)));
    touch('right', added(thing('ab', 3)));
    expect(touch('right', deleted(thing('ab', 4)))).toEqual(['a', 'b']);
    expect(partners()).toEqual(['a: ', 'b: ']);
    expect(touch('right', deleted(thing('ab', 5)))).toEqual([]);
  });

  it('keeps nothing of what is gone, even where somebody wrote to it', () => {
    const { left, right, touch, partners } = sides();
    const object = thing('ab', 1);
    touch('left', added(object));
    touch('right', added(thing('a', 2)));
    Object.assign(object.metadata, { labels: {} });
    touch('left', deleted(object));
    touch('right', deleted(thing('a', 3)));
    expect([left.size, right.size, [...left.values()], [...right.values()]]).toEqual([0, 0, [], []]);
    expect(touch('right', added(thing('b', 4)))).toEqual([]);
    expect(partners()).toEqual([]);
  });

  it('keeps apart what has one name in two clusters or resources', () => {
    const { left, touch, partners } = sides();
    touch('left', added(thing('a', 1)));
    touch('left', { ...added(thing('a', 2)), cluster: 'other' });
    touch('left', { ...added(thing('a', 3)), resource: 'others' });
    touch('left', { ...deleted(thing('a', 4)), cluster: 'other' });
    expect(partners()).toHaveLength(2);
    expect([...left.values()].map(({ object }) => object.metadata.resourceVersion)).toEqual(['1', '3']);
  });
});
