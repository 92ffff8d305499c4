import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Pod } from '../test/events.js';
import { eachValue } from './each-value.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;

describe('eachValue', () => {
  it('iterates over what the Observable emits', async () => {
    for await (const event of eachValue(pods, { signal: new AbortController().signal })) {
      expectTypeOf(event).toEqualTypeOf<WatchEvent<Pod, 'pods'>>();
    }
  });
});
