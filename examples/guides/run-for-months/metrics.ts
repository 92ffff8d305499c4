import type { KubernetesObject, Observation, Store } from 'rxkube';

/** What Prometheus reads: what was asked and how it ended, and how old the store may be. */
export class Metrics {
  readonly #store: Store<KubernetesObject>;
  readonly #counts = new Map<string, number>();

  constructor(store: Store<KubernetesObject>) {
    this.#store = store;
  }

  readonly observe = (seen: Observation): void => {
    const { from } = seen;
    if (seen.type === 'request') this.#count('watch_requests_total', { from, verb: seen.verb });
    if (seen.type === 'relist') this.#count('watch_relists_total', { from, cause: seen.cause });
    if (seen.type === 'warning') this.#count('watch_warnings_total', { from, text: seen.text });
    if (seen.type !== 'end' || seen.error === undefined) return;
    this.#count('watch_failures_total', { from, kind: seen.error.kind, code: seen.error.code ?? 0 });
  };

  text(): string {
    const now = Date.now();
    const scopes = Array.from(this.#store.scopes, ([from, { staleSince = now, lastProgressAt = 0 }]) => [
      line('watch_stale_seconds', { from }, (now - staleSince) / 1000),
      line('watch_last_progress_timestamp_seconds', { from }, lastProgressAt / 1000),
    ]);
    const counts = Array.from(this.#counts, ([series, count]) => `${series} ${count}\n`);
    return [...counts, ...scopes.flat(), line('store_objects', {}, this.#store.size)].join('');
  }

  #count(name: string, labels: object): void {
    const series = seriesOf(name, labels);
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + 1);
  }
}

function line(name: string, labels: object, value: number): string {
  return `${seriesOf(name, labels)} ${value}\n`;
}

function seriesOf(name: string, labels: object): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(String(value))}`);
  return `${name}{${pairs.join(',')}}`;
}
