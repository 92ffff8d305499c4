import { concatMap, defer, isObservable, merge, mergeAll, mergeMap, of, skip, Subject, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { KubernetesObject, WatchEvent } from './events.js';
import { settingsOf, type WatchOptions } from './options.js';
import { LISTS_AT_ONCE } from './protocol/limits.js';
import type { EventOf, Source } from './source.js';
import { watch$ } from './watch.js';

/**
 * Watches several namespaces, selectors, kinds or clusters as one stream, while the list of them changes: each is a {@link watch$} of its
 * own. Events of several kinds narrow by their `resource`, as those of a `merge` do.
 *
 * A source is known by its `from`. One that is new says `init` at once, and begins when it is its turn: at most 8 have their first list
 * under way, and the next follows when one had its `initDone`, or was interrupted. One that is gone is unsubscribed from and says
 * `init {cause: 'removed'}` and `initDone`, with the resourceVersion `'0'`, as there is none to resume from: operators and stores
 * forget what it listed. One that stays is left alone.
 *
 * - **Cold**: each subscription has watches of its own. A 410 and the like concern one of them. It keeps no objects.
 * - **Error**: that of one watch is that of all: a forbidden namespace for instance, which the message names. Where it is answered (`retry`,
 *   {@link backoffWith}), that watch stays `interrupted`, and the others go on. An error of `sources` is an error, too.
 * - **Completion**: never, whether or not `sources` completes.
 *
 * ```txt
 * x---------y---------    x the sources one and two, y two alone
 * ----oaI--b----------    one: o accepted, a and I its list, b added
 * ----o--dD-------e---    two: d and D its list, e added
 *
 * > watchEach(selected$)
 *
 * (ij)-aIdDb(rR)--e---    i j init, a d initApply, I D initDone, b e apply, r init {cause: 'removed'}, R initDone
 * ```
 *
 * ```ts
 * import { map } from 'rxjs';
 * import { watchEach } from 'rxkube';
 *
 * watchEach(selected$.pipe(map((names) => names.map((namespace) => cluster.resource(pods, { namespace })))));
 * ```
 *
 * @throws RangeError or TypeError for a wrong option, naming it and its value, and RangeError for a source that is there twice: at once,
 * and as an error notification where it comes later.
 */
export function watchEach<S extends Source>(
  sources: Observable<readonly S[]> | readonly S[],
  options?: Omit<WatchOptions, 'as' | 'resourceVersion'>,
): Observable<EventOf<S>>;
export function watchEach<T extends KubernetesObject, K extends string>(
  sources: Observable<readonly Source<T, K>[]> | readonly Source<T, K>[],
  options: Omit<WatchOptions, 'as' | 'resourceVersion'> = {},
): Observable<WatchEvent<T, K>> {
  const { as, resourceVersion } = settingsOf(options);
  for (const [name, value] of Object.entries({ as, resourceVersion })) {
    if (value !== undefined) throw new TypeError(`${name} must be left out: it is of one watch, got "${value}"`);
  }
  if (!isObservable(sources)) namesOf(sources);

  return defer(() => {
    const scopes = new Map<string, Scope<T, K>>();
    const line = new Subject<Scope<T, K>>();
    const turns = line.pipe(mergeMap(({ turn, settled }) => (turn.next(), settled), LISTS_AT_ONCE));

    const watching = (scope: Scope<T, K>): Observable<WatchEvent<T, K>> => {
      const watch = scope.turn.pipe(
        mergeMap(() => watch$(scope.source, options)),
        skip(1), // its `init` has been said
        tap(({ type }) => (type === 'initDone' || type === 'interrupted') && scope.settled.complete()),
      );
      const standInLine = defer(() => (line.next(scope), scope.settled));
      return merge(watch, standInLine).pipe(takeUntil(scope.gone));
    };

    const follow = (list: readonly Source<T, K>[]): readonly Observable<WatchEvent<T, K>>[] => {
      const names = namesOf(list);
      const removed = [...scopes.values()].filter(({ from }) => !names.has(from));
      for (const { from, gone } of removed) {
        scopes.delete(from);
        gone.next();
      }
      // Only now, or it would be the turn of one that is gone, too.
      for (const { settled } of removed) settled.complete();
      const added = list.filter(({ from }) => !scopes.has(from)).map(scopeOf);
      for (const scope of added) scopes.set(scope.from, scope);
      return [
        ...removed.map(({ end }) => of(...end)),
        // All before any begins: nobody is to take those that are listed first for everything.
        of(...added.map(({ start }) => start)),
        ...added.map(watching),
      ];
    };

    const watches = (isObservable(sources) ? sources : of(sources)).pipe(concatMap(follow), mergeAll());
    // What a consumer brings about waits: nobody behind it is to hear of the end of a watch before its last event.
    return merge(turns, watches).pipe(concatMap((event) => [event]));
  });
}

/** @throws RangeError where two could not be told apart. */
function namesOf(sources: readonly Source[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { from } of sources) {
    if (names.has(from)) throw new RangeError(`sources must differ in what they watch, got "${from}" twice`);
    names.add(from);
  }
  return names;
}

function scopeOf<T extends KubernetesObject, K extends string>(source: Source<T, K>) {
  const { kind, cluster, from } = source;
  const stamp = { resource: kind.id, cluster, from };
  return {
    from,
    source,
    start: { type: 'init', ...stamp, cause: 'start' },
    end: [
      { type: 'init', ...stamp, cause: 'removed' },
      { type: 'initDone', ...stamp, resourceVersion: '0' },
    ],
    turn: new Subject<void>(),
    /** Completes when the next in line may begin. */
    settled: new Subject<never>(),
    gone: new Subject<void>(),
  } as const;
}

type Scope<T extends KubernetesObject, K extends string> = ReturnType<typeof scopeOf<T, K>>;
