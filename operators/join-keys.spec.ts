import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../src/events.js';
import { thing } from '../test/double.js';
import { byKey, byLabelSelector, byOwner, bySelector, type JoinKeys, type LabelSelector } from './join-keys.js';

type Labels = Readonly<Record<string, string>>;

/** Whether two objects belong together, in the way that a join finds out. */
function belong<L extends KubernetesObject, R extends KubernetesObject>(
  { left: leftKeys, right: rightKeys, matches = () => true }: JoinKeys<L, R>,
  left: L,
  right: R,
  [leftCluster, rightCluster]: readonly [string, string] = ['test', 'test'],
): boolean {
  const keys = [rightKeys(right, rightCluster)].flat();
  return (
    [leftKeys(left, leftCluster)].flat().some((key) => key !== undefined && keys.includes(key)) && matches(left, right)
  );
}

const labelled = (labels?: Labels, namespace = 'default') => ({
  metadata: { ...thing('p', 1).metadata, namespace, ...(labels && { labels }) },
});

describe('byOwner', () => {
  const ownedBy = (...uids: readonly string[]) => ({
    metadata: { ...thing('p', 1).metadata, ownerReferences: uids.map((uid) => ({ uid })) },
  });

  it('joins by uid, whichever of several owners it is, and within a cluster', () => {
    expect(belong(byOwner(), thing('a', 1), ownedBy('uid-b', 'uid-a'))).toBe(true);
    expect(belong(byOwner(), thing('a', 1, 'new'), ownedBy('uid-a'))).toBe(false);
    expect(belong(byOwner(), thing('a', 1), thing('p', 1))).toBe(false);
    expect(belong(byOwner(), thing('a', 1), ownedBy('uid-a'), ['test', 'other'])).toBe(false);
  });
});

describe('byKey', () => {
  it('joins by one key, or one of several, across clusters unless they are in the key', () => {
    const name = ({ metadata }: KubernetesObject): string => metadata.name;
    const both = byKey(name, () => ['a', 'b']);
    expect(['a', 'b', 'c'].map((left) => belong(both, thing(left, 1), thing('p', 1)))).toEqual([true, true, false]);
    expect(belong(byKey(name, name), thing('a', 1), thing('a', 2), ['test', 'other'])).toBe(true);
    const here = byKey(name, ({ metadata }: KubernetesObject, cluster) =>
      cluster === 'here' ? metadata.name : undefined,
    );
    expect(belong(here, thing('a', 1), thing('a', 2), ['test', 'other'])).toBe(false);
    expect(belong(here, thing('a', 1), thing('a', 2), ['test', 'here'])).toBe(true);
  });
});

describe('bySelector', () => {
  const selecting = (selector: Labels | null | undefined) => ({ ...thing('a', 1), selector });
  const keys = bySelector(({ selector }: ReturnType<typeof selecting>) => selector);

  it.each<[selector: Labels | null | undefined, labels: Labels | undefined, expected: boolean]>([
    [{ app: 'web' }, { app: 'web', tier: 'front' }, true],
    [{ app: 'web' }, { app: 'db' }, false],
    [{ app: 'web' }, undefined, false],
    [{ app: 'web', tier: 'front' }, { app: 'web', tier: 'front' }, true],
    [{ app: 'web', tier: 'front' }, { app: 'web' }, false],
    [{ constructor: '' }, {}, false],
    [{}, { app: 'web' }, false],
    [undefined, { app: 'web' }, false],
    [null, { app: 'web' }, false],
  ])('%j and labels %j: %s', (selector, labels, expected) => {
    expect(belong(keys, selecting(selector), labelled(labels))).toBe(expected);
  });

  it('joins within a namespace and a cluster', () => {
    const web = selecting({ app: 'web' });
    expect(belong(keys, web, labelled({ app: 'web' }, 'other'))).toBe(false);
    expect(belong(keys, web, labelled({ app: 'web' }), ['test', 'other'])).toBe(false);
  });
});

describe('byLabelSelector', () => {
  const selecting = (selector: LabelSelector | null | undefined) => ({ ...thing('a', 1), selector });
  const keys = byLabelSelector(({ selector }: ReturnType<typeof selecting>) => selector);
  const expression = (operator: string, ...values: readonly string[]): LabelSelector => ({
    matchExpressions: [{ key: 'app', operator, values }],
  });

  it.each<[selector: LabelSelector | null | undefined, labels: Labels | undefined, expected: boolean]>([
    [{}, { app: 'web' }, true],
    [{}, undefined, true],
    [{ matchLabels: {}, matchExpressions: null }, undefined, true],
    [undefined, { app: 'web' }, false],
    [null, { app: 'web' }, false],
    [{ matchLabels: { app: 'web' } }, { app: 'web' }, true],
    [{ matchLabels: { app: 'web' } }, { app: 'db' }, false],
    [expression('In', 'web', 'db'), { app: 'db' }, true],
    [expression('In', 'web', 'db'), { app: 'mail' }, false],
    [expression('In'), { app: 'web' }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In' }] }, { app: 'web' }, false],
    [expression('NotIn', 'web'), { app: 'web' }, false],
    [expression('NotIn', 'web'), { app: 'db' }, true],
    [expression('NotIn', 'web'), undefined, true],
    [expression('Exists'), { app: '' }, true],
    [expression('Exists'), { tier: 'front' }, false],
    [expression('DoesNotExist'), { app: '' }, false],
    [expression('DoesNotExist'), undefined, true],
    [{ matchLabels: { tier: 'front' }, ...expression('NotIn', 'db') }, { tier: 'front', app: 'web' }, true],
    [{ matchLabels: { tier: 'front' }, ...expression('NotIn', 'db') }, { tier: 'front', app: 'db' }, false],
    [{ matchLabels: { tier: 'front' }, ...expression('Exists') }, { tier: 'front' }, false],
  ])('%j and labels %j: %s', (selector, labels, expected) => {
    expect(belong(keys, selecting(selector), labelled(labels))).toBe(expected);
  });

  it('joins within a namespace and a cluster, also where it selects everything', () => {
    expect(belong(keys, selecting({}), labelled({}, 'other'))).toBe(false);
    expect(belong(keys, selecting({}), labelled({}), ['test', 'other'])).toBe(false);
  });

  it('looks at those only that have the first label it demands', () => {
    const selector = { ...expression('Exists'), matchLabels: { tier: 'front', zone: 'x' } };
    const asked = [keys.left(selecting(selector), 'test')].flat();
    const found = (labels: Labels): boolean => [keys.right(labelled(labels), 'test')].flat().includes(asked[0]);
    expect(asked).toHaveLength(1);
    expect([found({ tier: 'front' }), found({ tier: 'back', zone: 'x' })]).toEqual([true, false]);
  });

  it('reads a selector once, however many objects it is asked about', () => {
    let readings = 0;
    const { left, right, matches } = byLabelSelector(() => (readings++, { matchLabels: { app: 'web' } }));
    const object = thing('a', 1);
    const web = labelled({ app: 'web' });
    left(object, 'test');
    right(web, 'test');
    expect([matches?.(object, web), matches?.(object, web)]).toEqual([true, true]);
    expect(readings).toBe(1);
  });

  it('throws on an operator that Kubernetes does not have', () => {
    expect(() => belong(keys, selecting(expression('Gt', '1')), labelled({ app: '2' }))).toThrow(
      new RangeError('operator must be In, NotIn, Exists or DoesNotExist, got "Gt"'),
    );
  });
});
