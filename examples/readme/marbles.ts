import { deletedObjects, watch$ } from 'rxkube';
import { list, watchTest } from 'rxkube/marbles';

const test = watchTest(({ watch, expectThat, expectRequests }) => {
  const things = watch(['1-c-#', '!', '2-d'], { 1: list('a', 'b'), 2: list('a', 'c') });
  const expected = '     ---- 800ms 100ms B';

  expectThat(watch$(things).pipe(deletedObjects())).toBe(expected);
  expectRequests(things).toBe('list', 'watch 3', 'list');
});
test(); // or give it to `it` of your test runner
