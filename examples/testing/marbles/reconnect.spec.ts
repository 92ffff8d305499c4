import { watch$ } from 'rxkube';
import { like, list, refuse, watchTest } from 'rxkube/marbles';
import { it } from 'vitest';

it(
  'goes on where it was, as soon as the server lets it',
  watchTest(({ watch, expectThat, expectRequests, expectConnections }) => {
    const things = watch(['1-c-#', '-x', '-A-b'], {
      1: list('a', 'b'),
      x: refuse(429, { retryAfter: 3000 }),
    });

    expectThat(watch$(things)).toBe('1-c-! 800ms y 2999ms -{~A}-b', {
      y: like({ error: { code: 429 }, attempt: 1, retryIn: 3000 }),
    });
    expectRequests(things).toBe('list', 'watch 3', 'watch 3');
    expectConnections(things).toBe('^---!', '804ms ^!', '3805ms ^');
  }),
);
