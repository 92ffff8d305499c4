/**
 * Which certificates of cert-manager expire soon: a table that changes as they are renewed, and as time passes.
 *
 *     npm run example -- expiring-certificates --context staging --within 14d
 */
import { catchError, combineLatest, filter, map, throwError, timer } from 'rxjs';
import { customResource, snapshots, watch$, WatchError, type KubernetesObject } from 'rxkube';
import { age } from './demo/columns.ts';
import { command, duration, type CommonOptions } from './shared/command.ts';
import { run } from './shared/run.ts';
import { sayFailures, type Table } from './shared/screen.ts';
import { oneLine } from './shared/text.ts';

/** Of a custom resource, only what is read here. It is what the server sends: times are strings. */
interface Certificate extends KubernetesObject {
  readonly status?: {
    readonly notAfter?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

const Certificates = customResource<Certificate>()({
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
});

interface Options extends CommonOptions {
  readonly namespace?: string;
  readonly within?: number;
}

const options = command('expiring-certificates', 'Shows which certificates of cert-manager expire soon.')
  .option('-n, --namespace <name>', 'only the certificates of this namespace')
  .option('--within <duration>', 'those that expire within so long (default: 30d)', duration)
  .parse()
  .opts<Options>();
const scope = options.namespace === undefined ? {} : { namespace: options.namespace };

const within = options.within ?? duration('30d');
const MISSING = 'this cluster has no certificates.cert-manager.io: cert-manager is not installed';

await run(options, (cluster) => {
  const certificates = watch$(cluster.resource(Certificates, scope)).pipe(
    sayFailures(),
    snapshots(),
    // Refused from the start, a watch is over; if this had worked before, it would wait for the resource to come back.
    catchError((error: unknown) =>
      throwError(() => (isNotFound(error) ? new Error(MISSING, { cause: error }) : error)),
    ),
  );
  // Nobody tells when time passes.
  return combineLatest([certificates, timer(0, 60_000)]).pipe(
    filter(([{ ready }]) => ready),
    map(([{ items }]) => tableOf(items, Date.now())),
  );
});

function isNotFound(error: unknown): boolean {
  return error instanceof WatchError && error.code === 404;
}

function tableOf(certificates: readonly Certificate[], now: number): Table {
  const expiring = certificates
    .map((certificate) => ({ certificate, at: Date.parse(certificate.status?.notAfter ?? '') }))
    .filter(({ at }) => at - now <= within)
    .sort((a, b) => a.at - b.at);
  return {
    head: ['CERTIFICATE', 'EXPIRES', 'AT', 'READY'],
    rows: expiring.map(({ certificate: { metadata, status }, at }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return [
        `${metadata.namespace ?? ''}/${metadata.name}`,
        at < now ? `${age(iso(at), now)} ago` : `in ${age(iso(now), at)}`,
        iso(at),
        ready === undefined || ready.status === 'True' ? (ready?.status ?? '') : oneLine(ready.message ?? ready.status),
      ];
    }),
    none: 'none expires that soon',
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}
