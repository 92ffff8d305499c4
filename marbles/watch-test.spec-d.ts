import { merge, type Observable } from 'rxjs';
import { expectTypeOf, it } from 'vitest';
import { changes } from '../operators/changes.js';
import type { WatchEvent } from '../src/events.js';
import { customResource } from '../src/kind.js';
import type { Source } from '../src/source.js';
import { watch$ } from '../src/watch.js';
import type { Pod, Widget } from '../test/events.js';
import { list, refuse, watchTest, type Thing } from './index.js';

const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Widgets = customResource<Widget>()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });

it('keeps the kinds of sources apart', () => {
  expectTypeOf(watchTest).returns.toEqualTypeOf<() => void>();
  watchTest(({ watch }) => {
    const pods = watch(['-a-b', '1'], { a: { status: { phase: 'Running' } }, 1: list('a') }, { kind: Pods });
    const widgets = watch('-a', { a: [{ spec: { size: 1 } }, {}], x: refuse(403) }, { kind: Widgets });
    expectTypeOf(pods).toEqualTypeOf<Source<Pod, 'pods'>>();
    expectTypeOf(widgets).toEqualTypeOf<Source<Widget, 'widgets.example.com'>>();
    expectTypeOf(watch('-a')).toEqualTypeOf<Source<Thing, 'things'>>();
    expectTypeOf(watch<Pod>('-a')).toEqualTypeOf<Source<Pod, 'things'>>();
    merge(watch$(pods), watch$(widgets))
      .pipe(changes())
      .subscribe((change) => {
        if (change.resource === 'pods') expectTypeOf(change.object).toEqualTypeOf<Pod>();
        else expectTypeOf(change.object).toEqualTypeOf<Widget>();
      });
    expectTypeOf(watch$(pods)).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'>>>();
    expectTypeOf<WatchEvent<Pod, 'pods'>>().toExtend<WatchEvent>();
  });
});

it('takes descriptions of its kind', () => {
  watchTest(({ watch }) => {
    watch('-a', { a: { metadata: { labels: { app: 'web' } } } }, { kind: Pods });
    watch('-a', { a: { spec: { replicas: 3 } } });
    // @ts-expect-error a phase is text
    watch('-a', { a: { status: { phase: 3 } } }, { kind: Pods });
    // @ts-expect-error a widget has no status
    watch('-a', { a: { status: { phase: 'Running' } } }, { kind: Widgets });
  });
});
