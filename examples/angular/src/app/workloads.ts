import { inject, Service } from '@angular/core';
import {
  byLabelSelector,
  joinBy,
  mapObjects,
  shareWatch,
  watch$,
  watchEach,
  type Kind,
  type KubernetesObject,
  type Source,
} from 'rxkube';
import { Deployment, Namespace, Pod } from 'rxkube/kinds';
import { map, type Observable } from 'rxjs';
import { CLUSTER } from './cluster';
import { rolloutOf } from './deployments/rollout';
import { podRow } from './pods/pod-row';
import { UrlQuery } from './url-query';
import { WatchControl } from './watch-control';

/**
 * So many namespaces are watched one by one. A browser has six connections to an HTTP/1.1 server: that is room for two kinds in two
 * namespaces, and for what is looked at besides. Of more namespaces, all are watched, and those that were chosen are shown.
 */
const MOST_NAMESPACES = 2;

/** What the application watches, each of it once, however many look at it. Nothing is asked for before somebody subscribes. */
@Service()
export class Workloads {
  readonly #cluster = inject(CLUSTER);
  readonly #options = inject(WatchControl).options;
  readonly #chosen$ = inject(UrlQuery).namespaces$;

  readonly namespaces$ = watch$(this.#cluster.resource(Namespace), this.#options);

  readonly pods$ = this.#watchChosen(Pod).pipe(mapObjects(podRow), shareWatch());
  readonly deployments$ = this.#watchChosen(Deployment).pipe(shareWatch());

  /** The deployments with their pods, made of the watches above. */
  readonly rollouts$ = this.deployments$.pipe(
    joinBy(
      this.pods$,
      byLabelSelector(({ spec }) => spec.selector),
    ),
    mapObjects(rolloutOf),
    shareWatch(),
  );

  /** One pod, in full. */
  pod(namespace: string, name: string) {
    return watch$(this.#cluster.resource(Pod, { namespace, name }), this.#options);
  }

  /** A namespace that stays chosen goes on being watched; one that is given up is unsubscribed from at once. */
  #watchChosen<T extends KubernetesObject, K extends string>(kind: Kind<T, K>) {
    const sources$: Observable<readonly Source<T, K>[]> = this.#chosen$.pipe(
      map((namespaces) => {
        if (namespaces.length === 0 || namespaces.length > MOST_NAMESPACES) return [this.#cluster.resource(kind)];
        return namespaces.map((namespace) => this.#cluster.resource(kind, { namespace }));
      }),
    );
    return watchEach(sources$, this.#options);
  }
}
