import { describe, expect, it } from 'vitest';
import {
  exists,
  fieldSelector,
  labelSelector,
  not,
  notExists,
  type FieldSelection,
  type LabelSelection,
} from './selectors.js';

/** A prefix of 253 characters. */
const LONGEST = `${'a'.repeat(126)}.${'b'.repeat(126)}`;

/** What only who has no types can give. */
const given = (value: unknown): never => value as never;

/** @returns a case */
const refusedKey = (key: string): [string, LabelSelection, RegExp] => [
  `${JSON.stringify(key)} as a key`,
  { [key]: exists },
  /^a key of labels must be the name of a label, got "/,
];

describe('a label selector is', () => {
  it.each<[string, LabelSelection, string]>([
    ['one value', { app: 'web' }, 'app=web'],
    ['the empty value', { app: '' }, 'app='],
    ['several values', { app: ['web', 'api'] }, 'app in (api,web)'],
    ['one value of a list', { app: ['web'] }, 'app=web'],
    ['a value twice', { app: ['web', 'web'] }, 'app=web'],
    ['the empty value or another', { app: ['web', ''] }, 'app in (,web)'],
    ['exists', { tier: exists }, 'tier'],
    ['notExists', { canary: notExists }, '!canary'],
    ['of names as long as they may be', { [`${LONGEST}/${'X'.repeat(63)}`]: exists }, `${LONGEST}/${'X'.repeat(63)}`],
    ['of any characters that there may be', { '0-a.b--c.d/A_b.c-1': 'A_b.c-1' }, '0-a.b--c.d/A_b.c-1=A_b.c-1'],
    ['a value as long as it may be', { app: 'x'.repeat(63) }, `app=${'x'.repeat(63)}`],
    ['not one value', { track: not('beta') }, 'track!=beta'],
    ['not the empty value', { track: not('') }, 'track!='],
    ['none of several', { track: not('dev', 'beta', 'dev') }, 'track notin (beta,dev)'],
    ['not one value, said twice', { track: not('beta', 'beta') }, 'track!=beta'],
    [
      'all of it',
      { app: ['web', 'api'], canary: notExists, tier: exists, track: not('beta', 'dev'), version: 'v1' },
      '!canary,app in (api,web),tier,track notin (beta,dev),version=v1',
    ],
    ['nothing', {}, ''],
    [
      'a label of such a name',
      { matchLabels: 'a', matchExpressions: ['b', 'c'] },
      'matchExpressions in (b,c),matchLabels=a',
    ],
    ['a label of such a name that exists', { matchLabels: exists }, 'matchLabels'],
  ])('%s', (_, labels, text) => {
    expect(labelSelector(labels)).toBe(text);
  });

  it.each<[string, LabelSelection, string]>([
    ['matchLabels', { matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
    [
      'labels called as what a marker has',
      { matchLabels: { operator: 'Exists', values: 'a' } },
      'operator=Exists,values=a',
    ],
    [
      'matchExpressions',
      {
        matchExpressions: [
          { key: 'app', operator: 'In', values: ['web', 'api'] },
          { key: 'track', operator: 'NotIn', values: ['beta'] },
          { key: 'tier', operator: 'Exists' },
          { key: 'canary', operator: 'DoesNotExist', values: null },
        ],
      },
      '!canary,app in (api,web),tier,track!=beta',
    ],
    [
      'both, about one label',
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['api'] }] },
      'app!=api,app=web',
    ],
    ['an empty one, which selects all', { matchLabels: {}, matchExpressions: [] }, ''],
    [
      'one whose other part is undefined',
      { matchLabels: undefined, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      'tier',
    ],
    ['what Go writes', { matchLabels: null, matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, 'tier'],
  ])('the LabelSelector of an object: %s', (_, labels, text) => {
    expect(labelSelector(labels)).toBe(text);
  });

  it('the same, whatever the order', () => {
    const one = { track: not('a', 'b'), app: ['x', 'y'], tier: exists };
    const other = { tier: exists, app: ['y', 'x', 'y'], track: not('b', 'a') };
    expect(labelSelector(one)).toBe(labelSelector(other));
    expect(labelSelector({ app: 'web' })).toBe(labelSelector({ matchLabels: { app: 'web' } }));
  });

  it('the same with the markers of another copy of the package', () => {
    const copied = JSON.parse(
      JSON.stringify({ tier: exists, canary: notExists, track: not('a', 'b') }),
    ) as LabelSelection;
    expect(labelSelector(copied)).toBe('!canary,tier,track notin (a,b)');
  });
});

describe('a field selector is', () => {
  it.each<[string, FieldSelection, string]>([
    ['a value', { 'spec.nodeName': 'a' }, 'spec.nodeName=a'],
    ['the empty value', { 'spec.nodeName': '' }, 'spec.nodeName='],
    ['not a value', { 'status.phase': not('Running') }, 'status.phase!=Running'],
    ['not the empty value', { 'spec.nodeName': not('') }, 'spec.nodeName!='],
    ['none of several', { 'status.phase': not('b', 'a', 'b') }, 'status.phase!=a,status.phase!=b'],
    ['text, escaped', { note: not('a=b, c\\d') }, 'note!=a\\=b\\, c\\\\d'],
    ['all of it', { 'status.phase': not('Failed'), 'spec.nodeName': 'a' }, 'spec.nodeName=a,status.phase!=Failed'],
  ])('%s', (_, fields, text) => {
    expect(fieldSelector(fields)).toBe(text);
  });
});

describe('what selects nothing that could be meant is refused, with its name and value', () => {
  it.each<[string, LabelSelection, RegExp]>([
    ['no value', { app: [] }, /^labels\['app'\] .*got \[\]$/],
    ['a number', given({ app: 3 }), /^labels\['app'\] .*got 3$/],
    ['null', given({ app: null }), /^labels\['app'\] .*got null$/],
    ['another object', given({ app: { in: ['a'] } }), /^labels\['app'\] .*got \{"in":\["a"\]\}$/],
    [
      'no such operator',
      given({ app: { operator: 'Gt', values: ['1'] } }),
      /^the operator of labels\['app'\] .*got "Gt"$/,
    ],
    ['a bad value of not', { app: not('a', 'b,c') }, /^labels\['app'\] .*got "b,c"$/],
    ['a number of not', { app: not(given(3)) }, /^labels\['app'\] .*got 3$/],
    ['a list of not', { app: not(given(['a'])) }, /^labels\['app'\] .*got \["a"\]$/],
    ['a bad key', { '!app': exists }, /^a key of labels .*got "!app"$/],
    ...['', '/app', 'a/', 'a//b', 'a/b/c', '-app', 'app.', '_app', 'x'.repeat(64)].map(refusedKey),
    ...['Example.com/app', 'a..b/app', '.a/app', '-a/app', 'a-/app', 'a_b/app', `${'x'.repeat(254)}/app`].map(
      refusedKey,
    ),
    ...['-a', 'a.', '_', 'x'.repeat(64), 'ä', 'a\n'].map((value): [string, LabelSelection, RegExp] => [
      `${JSON.stringify(value)} as a value`,
      { app: value },
      /^labels\['app'\] must be a label value, got "/,
    ]),
    ['undefined', given(undefined), /^labels .*got undefined$/],
    ['a text', given('app=web'), /^labels .*got "app=web"$/],
    ['null, which selects nothing in Kubernetes', given(null), /^labels .*got null$/],
    [
      'a LabelSelector and labels',
      given({ matchLabels: { a: 'b' }, app: 'web' }),
      /^labels must be labels by their names, or a LabelSelector with nothing besides, got \{"matchLabels":.*\}$/,
    ],
    [
      'expressions and labels',
      given({ matchExpressions: [{ key: 'a', operator: 'Exists' }], app: 'web' }),
      /^labels must be labels by their names, or a LabelSelector with nothing besides, got \{"matchExpressions":.*\}$/,
    ],
    [
      'matchLabels and expressions that are none',
      given({ matchLabels: { a: 'b' }, matchExpressions: 'app' }),
      /^labels must be .* LabelSelector .*got \{"matchLabels":.*"matchExpressions":"app"\}$/,
    ],
    ['only matchLabels that are undefined', { matchLabels: undefined }, /^labels\['matchLabels'\] .*got undefined$/],
    [
      'only expressions that are undefined',
      { matchExpressions: undefined },
      /^labels\['matchExpressions'\] .*got undefined$/,
    ],
    [
      'a LabelSelector of which all is undefined',
      { matchLabels: undefined, matchExpressions: undefined },
      /^labels\['matchLabels'\] .*got undefined$/,
    ],
    ['undefined as a value', given({ app: undefined }), /^labels\['app'\] .*got undefined$/],
    ['undefined among values', given({ app: ['web', undefined] }), /^labels\['app'\] .*got undefined$/],
    ['undefined in matchLabels', given({ matchLabels: { app: undefined } }), /^labels\['app'\] .*got undefined$/],
    ['the builder, not called', given({ app: not }), /^labels\['app'\] .*got function not\(/],
    ['a bigint', given({ app: 3n }), /^labels\['app'\] .*got 3$/],
    ['a bad value of matchLabels', { matchLabels: { app: 'a b' } }, /^labels\['app'\] .*got "a b"$/],
    [
      'an operator that Kubernetes does not have',
      { matchExpressions: [{ key: 'app', operator: 'Gt', values: ['1'] }] },
      /^the operator of labels\['app'\] must be In, NotIn, Exists or DoesNotExist, got "Gt"$/,
    ],
    [
      'an expression without values',
      { matchExpressions: [{ key: 'app', operator: 'In' }] },
      /^labels\['app'\] .*got undefined$/,
    ],
    [
      'an expression without a key',
      given({ matchExpressions: [{ operator: 'Exists' }] }),
      /^a key of labels .*got undefined$/,
    ],
  ])('labels: %s', (_, labels, message) => {
    expect(() => labelSelector(labels)).toThrow(RangeError);
    expect(() => labelSelector(labels)).toThrow(message);
  });

  it.each<[string, FieldSelection, RegExp]>([
    ['several values', given({ phase: ['a'] }), /^fields\['phase'\] .*got \["a"\]$/],
    ['exists', given({ phase: exists }), /^fields\['phase'\] .*got \{"operator":"Exists".*\}$/],
    ['not, without a value', { phase: { operator: 'NotIn', values: [] } }, /^fields\['phase'\] .*got \{.*\}$/],
    ['a number of not', { phase: not('a', given(3)) }, /^fields\['phase'\] .*got 3$/],
    ...['a=b', '', '.', '.a', 'a.', 'a..b', 'a b', 'a,b', '!a'].map((key): [string, FieldSelection, RegExp] => [
      `${JSON.stringify(key)} as a key`,
      { [key]: not('c') },
      /^a key of fields must be the path of a field, got "/,
    ]),
    ['undefined as a value', given({ phase: undefined }), /^fields\['phase'\] .*got undefined$/],
    ['undefined', given(undefined), /^fields .*got undefined$/],
    ['a text', given('a=b'), /^fields .*got "a=b"$/],
  ])('fields: %s', (_, fields, message) => {
    expect(() => fieldSelector(fields)).toThrow(RangeError);
    expect(() => fieldSelector(fields)).toThrow(message);
  });

  it('not: nothing', () => {
    const unchecked = not as () => unknown;
    expect(unchecked).toThrow(new RangeError('not must have at least one value, got none'));
  });

  it('and what was given cannot be changed later', () => {
    const track = not('beta');
    for (const part of [exists, exists.values, notExists, notExists.values, track, track.values]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});
