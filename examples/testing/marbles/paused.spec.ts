import { watch$ } from 'rxkube';
import { list, watchTest } from 'rxkube/marbles';
import { it } from 'vitest';

it(
  'has no connection while it is paused',
  watchTest(({ watch, hot, expectThat, expectConnections }) => {
    const things = watch(['1-a', '-b'], { 1: list() });
    const hidden = hot('  ----t 500ms f', { t: true, f: false });
    const expected = '    1-a-= 500ms -{~b}';

    expectThat(watch$(things, { pauseWhile: hidden })).toBe(expected);
    expectConnections(things).toBe('^---!', '505ms ^');
  }),
);
