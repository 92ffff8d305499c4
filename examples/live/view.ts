import Table from 'cli-table3';
import logUpdate from 'log-update';
import type { Change, ConnectionState, KubernetesObject, Snapshot, WatchEvent } from 'rxkube';

/** Redraws a table in place. */
export function showTable(title: string): (snapshot: Snapshot<KubernetesObject>) => void {
  return ({ phase, items, error, retryIn }) => {
    const table = new Table({ head: ['NAMESPACE', 'NAME', 'STATUS', 'CREATED'], style: { compact: true } });
    const rows = items.map((object) => [
      object.metadata.namespace ?? '',
      object.metadata.name,
      status(object),
      created(object),
    ]);
    const room = Math.max(5, (process.stdout.rows || 24) - 8);
    table.push(...rows.slice(0, room));
    const more = rows.length > room ? `\n… and ${String(rows.length - room)} more` : '';
    const trouble = error === undefined ? '' : ` (${error.message}; again in ${String((retryIn ?? 0) / 1000)} s)`;
    logUpdate(`${title}: ${String(rows.length)}, ${phase}${trouble}\n${table.toString()}${more}`);
  };
}

/** Prints a line a change, for pipes and logs. */
export function printLines(title: string): {
  readonly state: (state: ConnectionState) => void;
  readonly change: (change: Change<WatchEvent>) => void;
} {
  let last = '';
  return {
    state: ({ phase, error }) => {
      const line = `${title}: ${phase}${error === undefined ? '' : ` (${error.message})`}`;
      if (line !== last) console.log(line);
      last = line;
    },
    change: ({ type, object }) => {
      const { namespace, name, resourceVersion } = object.metadata;
      console.log(
        `${type} ${namespace === undefined ? name : `${namespace}/${name}`} ${status(object)} @${resourceVersion}`,
      );
    },
  };
}

interface CommonFields {
  readonly metadata: { readonly creationTimestamp?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly phase?: string; readonly readyReplicas?: number };
}

function status(object: KubernetesObject): string {
  const { spec, status } = object as KubernetesObject & CommonFields;
  if (status?.phase !== undefined) return status.phase;
  return spec?.replicas === undefined ? '' : `${String(status?.readyReplicas ?? 0)}/${String(spec.replicas)} ready`;
}

function created(object: KubernetesObject): string {
  return (object as KubernetesObject & CommonFields).metadata.creationTimestamp ?? '';
}
