import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { thing } from '../test/double.js';
import { record, says } from '../test/events.js';
import { distinctByObject } from './distinct-by-object.js';
import { annotationsOf, finalizersOf, generationOf, labelsOf } from './object-keys.js';

const { metadata } = thing('a', 7);

describe('the ready keys', () => {
  it.each([
    ['generationOf', generationOf, { generation: 3 }, 3],
    ['generationOf', generationOf, {}, '7'],
    ['labelsOf', labelsOf, { labels: { app: 'web' } }, { app: 'web' }],
    ['labelsOf', labelsOf, {}, undefined],
    ['annotationsOf', annotationsOf, { annotations: { note: 'x' } }, { note: 'x' }],
    ['annotationsOf', annotationsOf, {}, undefined],
    ['finalizersOf', finalizersOf, { finalizers: ['example.com/tidy'] }, ['example.com/tidy']],
    ['finalizersOf', finalizersOf, {}, undefined],
  ])('%s', (_, keyOf, fields, expected) => {
    expect(keyOf({ metadata: { ...metadata, ...fields } })).toEqual(expected);
  });

  it('drop no change of a kind that has no generation', () => {
    const events = [1, 2, 3].map((version) => says().apply(thing('a', version)));
    expect(record(from(events).pipe(distinctByObject(generationOf))).values).toEqual(events);
  });
});
