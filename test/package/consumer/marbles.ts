import { changes, watch$ } from 'rxkube';
import { list, watchTest } from 'rxkube/marbles';

export const test: () => void = watchTest(({ watch, expectThat }) => {
  const things = watch('1-c-A', { 1: list('a', 'b') });
  expectThat(watch$(things).pipe(changes())).toBe('{ab}-c-A');
});
test();
