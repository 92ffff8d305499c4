import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { Pod } from '../../test/events.js';
import type { ChangeOf } from './change.js';
import { createStore, type Store } from './store.js';

const phase = (pod: Pod): string | undefined => pod.status?.phase;

describe('createStore', () => {
  it('knows the names of indexes where they are inferred', () => {
    const store = createStore({ index: { node: (pod: Pod) => pod.spec.nodeName, phase } });
    expectTypeOf(store).toEqualTypeOf<Store<Pod, 'node' | 'phase'>>();
    expectTypeOf(store.by('node', 'a')).toEqualTypeOf<readonly Pod[]>();
    // @ts-expect-error no such index
    store.by('nodes', 'a');
    expectTypeOf(createStore<Pod, 'node'>({ index: { node: (pod) => pod.spec.nodeName } })).toEqualTypeOf<
      Store<Pod, 'node'>
    >();
  });

  it('takes any name where only the object type is given', () => {
    const store = createStore<Pod>({ index: { node: (pod) => pod.spec.nodeName } });
    expectTypeOf(store).toEqualTypeOf<Store<Pod, string>>();
    expectTypeOf(store.by('nodes', 'a')).toEqualTypeOf<readonly Pod[]>();
  });

  it('has no index by default', () => {
    const store = createStore<Pod>();
    // @ts-expect-error no index at all
    store.by('node', 'a');
  });

  it('reads, and does not write', () => {
    const store = createStore<Pod>();
    expectTypeOf(store.get({ namespace: 'default', name: 'a' })).toEqualTypeOf<Pod | undefined>();
    expectTypeOf(store.object('a')).toEqualTypeOf<Observable<Pod | undefined>>();
    expectTypeOf(store.select((pod) => pod.spec.nodeName === 'a')).toEqualTypeOf<Observable<readonly Pod[]>>();
    expectTypeOf(store.changes).toEqualTypeOf<Observable<readonly ChangeOf<Pod>[]>>();
    expectTypeOf(store.values()).toEqualTypeOf<readonly Pod[]>();
    // @ts-expect-error it cannot be said to be ready
    store.ready = true;
  });
});
