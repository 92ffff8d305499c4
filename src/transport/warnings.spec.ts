import { expect, it } from 'vitest';
import { warningsOf } from './warnings.js';

const warned = (header: string | undefined): unknown =>
  warningsOf({ status: 200, header: (name) => (name === 'warning' ? header : undefined), body: new ReadableStream() });

it.each([
  ['one', '299 - "v1 ComponentStatus is deprecated in v1.19+"', ['v1 ComponentStatus is deprecated in v1.19+']],
  ['several in one header', '299 - "one, two", 299 apiserver "three"', ['one, two', 'three']],
  ['with quotes in it', String.raw`299 - "use \"v1\", not C:\\"`, [String.raw`use "v1", not C:\ `.trim()]],
  ['with a date', '299 - "old" "Thu, 01 Jan 2026 00:00:00 GMT"', ['old']],
])('C17 reads warnings: %s', (_, header, warnings) => {
  expect(warned(header)).toEqual({ warnings });
});

it.each([undefined, '', 'nonsense', '299 - "without an end', '199 - "of a cache, which is not about the request"'])(
  'C17 there is none in %j',
  (header) => {
    expect(warned(header)).toEqual({});
  },
);
