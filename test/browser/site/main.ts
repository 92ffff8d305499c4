import { fromEvent, map, startWith, tap, type Subscription } from 'rxjs';
import { changes, constant, fetchCluster, watch$, type WatchEvent } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';

/** What a test asks the page to watch. */
export interface Watching {
  readonly namespace: string;
  readonly pausedWhileHidden?: boolean;
  readonly wokenOnline?: boolean;
  /** ms. Default: the watch's own. */
  readonly retryIn?: number;
}

declare global {
  interface Window {
    /** The test listens here. */
    tell: (line: string) => void;
    follow: (id: string, watching: Watching) => void;
    leave: (id: string) => void;
  }
}

let asked = 0;
const cluster = fetchCluster({ url: '/k8s', headers: () => ({ 'x-asked': String(++asked) }) });
const subscriptions = new Map<string, Subscription>();

window.follow = (id, { namespace, pausedWhileHidden = false, wokenOnline = false, retryIn }) => {
  const hidden = fromEvent(document, 'visibilitychange').pipe(
    startWith(undefined),
    map(() => document.hidden),
  );
  const watching = watch$(cluster.resource(ConfigMap, { namespace }), {
    ...(pausedWhileHidden && { pauseWhile: hidden }),
    ...(wokenOnline && { wakeOn: fromEvent(window, 'online') }),
    ...(retryIn !== undefined && { retry: constant(retryIn) }),
    observe: (seen) => seen.type === 'warning' && window.tell(`${id} warning ${seen.text}`),
  }).pipe(
    tap((event) => window.tell(`${id} ${lineOf(event)}`)),
    changes(),
  );
  const subscription = watching.subscribe({
    next: ({ type, object }) => window.tell(`${id} ${type} ${object.metadata.name}`),
    error: (error: unknown) => window.tell(`${id} ${String(error)}`),
  });
  subscriptions.set(id, subscription);
};

window.leave = (id) => subscriptions.get(id)?.unsubscribe();

/** `init expired`, `apply a`, `interrupted connection` … */
function lineOf(event: WatchEvent<ConfigMap>): string {
  switch (event.type) {
    case 'init':
      return `init ${event.cause}`;
    case 'initApply':
    case 'apply':
    case 'delete':
      return `${event.type} ${event.object.metadata.name}`;
    case 'interrupted':
      return `interrupted ${event.error.kind}`;
    default:
      return event.type;
  }
}
