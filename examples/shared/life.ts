import { defer, filter, finalize, ignoreElements, interval, merge, tap, type Observable } from 'rxjs';
import { changes, watch$, type Cluster } from 'rxkube';
import type { ApiServer } from 'rxkube/apiserver';
import { Pod } from 'rxkube/kinds';
import type { Embedded } from '../demo/embedded.ts';

/** Lets the workload of the embedded server run while it is subscribed to, with events and certificates besides. */
export function life({ server, workload }: Embedded, cluster: Cluster): Observable<never> {
  return defer(() => {
    workload.start();
    return merge(recordEvents(server, cluster), renewCertificates(server)).pipe(finalize(() => workload.stop()));
  });
}

/** What there is to be reported of a pod. */
interface Fact {
  readonly reason: string;
  readonly message: string;
  readonly at: string;
  readonly count: number;
}

/** As the scheduler and kubelets do. */
function recordEvents(server: ApiServer, cluster: Cluster): Observable<never> {
  return watch$(cluster.resource(Pod)).pipe(
    changes(),
    filter(({ type }) => type !== 'deleted'),
    tap((change) => {
      const known = change.type === 'modified' ? factsOf(change.previous) : [];
      for (const fact of factsOf(change.object)) {
        if (!known.some(({ reason, at }) => reason === fact.reason && at === fact.at))
          report(server, change.object, fact);
      }
    }),
    ignoreElements(),
  );
}

function factsOf({ metadata, spec, status }: Pod): readonly Fact[] {
  const { namespace, name, deletionTimestamp } = metadata;
  const { restartCount = 0, state, lastState } = status?.containerStatuses?.[0] ?? {};
  const failed = state?.waiting?.reason === 'CrashLoopBackOff' ? lastState?.terminated?.finishedAt : undefined;
  const fact = (at: string | null | undefined, reason: string, message: string, count = 1): Fact[] =>
    typeof at === 'string' ? [{ reason, message, at, count }] : [];
  return [
    ...fact(status?.startTime, 'Scheduled', `Successfully assigned ${namespace}/${name} to ${spec?.nodeName ?? ''}`),
    ...fact(state?.running?.startedAt, 'Started', 'Container started', restartCount + 1),
    ...fact(failed, 'BackOff', `Back-off restarting failed container main in pod ${name}`, restartCount + 1),
    ...fact(deletionTimestamp, 'Killing', 'Stopping container main'),
  ];
}

/** One event for all that is the same, with a count. */
function report(server: ApiServer, pod: Pod, { reason, message, at, count }: Fact): void {
  const { namespace, name, uid } = pod.metadata;
  const metadata = { namespace, name: `${name}.${reason.toLowerCase()}` };
  const event = { apiVersion: 'v1', kind: 'Event', metadata };
  if (server.get(event) !== undefined) return void server.patch(event, { count, lastTimestamp: at });
  server.create({
    ...event,
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    type: reason === 'BackOff' ? 'Warning' : 'Normal',
    reason,
    message,
    count,
    firstTimestamp: at,
    lastTimestamp: at,
  });
}

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'certificates.cert-manager.io' },
  spec: {
    group: 'cert-manager.io',
    scope: 'Namespaced',
    names: { plural: 'certificates', singular: 'certificate', kind: 'Certificate', shortNames: ['cert', 'certs'] },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
  },
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** ms between two renewals */
const RENEW_EVERY = 4_000;

/** Namespace, name, how long it is valid, and how long it still is. */
const CERTIFICATES = [
  ['payments', 'api-client', DAY, 7 * 60 * MINUTE],
  ['shop', 'frontend', 90 * DAY, 12.5 * DAY],
  ['payments', 'api', 90 * DAY, 29.5 * DAY],
  ['monitoring', 'grafana', 90 * DAY, 61 * DAY],
] as const;

/** As cert-manager does, but for one that it cannot renew. */
function renewCertificates(server: ApiServer): Observable<never> {
  server.create(DEFINITION);
  const failure = { type: 'Ready', status: 'False', reason: 'Expired', message: 'The DNS challenge failed' };
  server.create(certificate('monitoring', 'prometheus', { notAfter: later(-2 * DAY), conditions: [failure] }));
  for (const [namespace, name, , left] of CERTIFICATES) {
    server.create(certificate(namespace, name, { notAfter: later(left), conditions: [READY] }));
  }
  return interval(RENEW_EVERY).pipe(
    tap((turn) => {
      const [namespace, name, lifetime] = CERTIFICATES[turn % CERTIFICATES.length] ?? CERTIFICATES[0];
      server.patch(certificate(namespace, name), { status: { notAfter: later(lifetime) } });
    }),
    ignoreElements(),
  );
}

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'Certificate is up to date and has not expired',
};

function certificate(namespace: string, name: string, status?: object) {
  const spec = { secretName: `${name}-tls`, dnsNames: [`${name}.example`] };
  return { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { namespace, name }, spec, status };
}

function later(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}
