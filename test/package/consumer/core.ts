import { WatchError, customResource, watch$, type KubernetesObject, type Source } from 'rxkube';
import { filter, map, type Observable } from 'rxjs';

interface Widget extends KubernetesObject {
  readonly spec: { readonly size: number };
}

const Widgets = customResource<Widget>()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
export const id: 'widgets.example.com' = Widgets.id;

export function sizes(source: Source<Widget, 'widgets.example.com'>): Observable<number> {
  return watch$(source).pipe(
    filter((event) => event.type === 'apply'),
    map((event) => event.object.spec.size),
  );
}

export function isForbidden(error: unknown): boolean {
  return error instanceof WatchError && error.code === 403;
}
