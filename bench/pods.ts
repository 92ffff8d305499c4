/** A workload as a chart would write it, in the sizes that a cluster has: from a bare job to a service with side-cars. */
export interface Workload {
  readonly app: string;
  readonly namespace: string;
  readonly owner: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job';
  readonly containers: readonly string[];
  /** Environment variables of the first container. */
  readonly variables: number;
  readonly probes: boolean;
  /** Security contexts, a scratch volume, topology constraints: what a policy asks for. */
  readonly hardened: boolean;
}

export const WORKLOADS: readonly Workload[] = [
  workload('storefront', 'shop', 'ReplicaSet', ['web'], { variables: 3, probes: true, hardened: true }),
  workload('checkout', 'shop', 'ReplicaSet', ['api'], { variables: 5 }),
  workload('ledger-db', 'data', 'StatefulSet', ['postgres', 'exporter'], { variables: 2 }),
  workload('log-agent', 'ops', 'DaemonSet', ['agent'], { variables: 2 }),
  workload('nightly-report', 'data', 'Job', ['report'], { variables: 2 }),
  workload('search', 'shop', 'ReplicaSet', ['search'], { variables: 2, probes: true }),
];

function workload(
  app: string,
  namespace: string,
  owner: Workload['owner'],
  containers: readonly string[],
  { variables, probes = false, hardened = false }: { variables: number; probes?: boolean; hardened?: boolean },
): Workload {
  return { app, namespace, owner, containers, variables, probes, hardened };
}

export const NAMESPACES: readonly string[] = [...new Set(WORKLOADS.map(({ namespace }) => namespace))];

/** Letters and digits that Kubernetes puts into generated names. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function suffix(seed: number, length: number): string {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ALPHABET[(state >>> 8) % ALPHABET.length] ?? 'b';
  }).join('');
}

function hex(seed: number, length: number): string {
  let digits = '';
  for (let i = 0; digits.length < length; i++) digits += (Math.imul(seed + i + 1, 2_654_435_761) >>> 0).toString(16);
  return digits.slice(0, length);
}

/** What the controller of a workload creates. */
export function podOf(workload: Workload, ordinal: number, replica: number): Record<string, unknown> {
  const { app, namespace, owner, hardened } = workload;
  const hash = suffix(ordinal, 9);
  const name = `${owner === 'ReplicaSet' ? `${app}-${hash}` : app}-${suffix(1000 * ordinal + replica, 5)}`;
  return {
    metadata: {
      name,
      generateName: `${app}-`,
      namespace,
      labels: {
        app,
        'app.kubernetes.io/managed-by': 'Helm',
        [owner === 'ReplicaSet' ? 'pod-template-hash' : 'controller-revision-hash']: hash,
      },
      annotations: {
        'checksum/config': hex(ordinal, 64),
        'kubectl.kubernetes.io/restartedAt': '2026-03-02T08:14:05Z',
      },
      ownerReferences: [
        {
          apiVersion: owner === 'Job' ? 'batch/v1' : 'apps/v1',
          kind: owner,
          name: `${app}-${hash}`,
          uid: `${hex(ordinal, 8)}-5f1c-4c1e-9a3b-${hex(ordinal + 7, 12)}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containers: workload.containers.map((container, i) => containerOf(workload, container, i === 0)),
      volumes: [
        { name: 'config', configMap: { name: `${app}-config`, defaultMode: 420 } },
        ...(hardened ? [{ name: 'scratch', emptyDir: {} }] : []),
        {
          name: `kube-api-access-${suffix(ordinal, 5)}`,
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
          },
        },
      ],
      restartPolicy: owner === 'Job' ? 'Never' : 'Always',
      serviceAccountName: app,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 30,
      ...(hardened && {
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, fsGroup: 10_001 },
        topologySpreadConstraints: [spread(app)],
      }),
    },
  };
}

function containerOf({ app, variables, probes, hardened }: Workload, name: string, main: boolean): unknown {
  const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, timeoutSeconds: 2 };
  return {
    name,
    image: `registry.example.com/platform/${app}/${name}:v1.42.7`,
    resources: { requests: { cpu: '100m' }, limits: { memory: '512Mi' } },
    ...(main && {
      args: ['--config=/etc/app/config.yaml', `--service=${app}`],
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: [
        { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: `${app}-db`, key: 'password' } } },
        ...Array.from({ length: variables - 1 }, (_, i) => ({
          name: `${app.replaceAll('-', '_').toUpperCase()}_SETTING_${i}`,
          value: `https://${name}-${i}.${app}.svc.cluster.local:8443`,
        })),
      ],
      volumeMounts: [{ name: 'config', mountPath: '/etc/app', readOnly: true }],
    }),
    ...(probes && { livenessProbe: { ...probe, failureThreshold: 3 }, readinessProbe: probe }),
    ...(hardened && { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
  };
}

function spread(app: string): Record<string, unknown> {
  return {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { app } },
  };
}

/** What the kubelet reports. `restarts`: how often the first container ended; `ready`: whether it passes its probe. */
export function statusOf(
  { app, containers }: Workload,
  seed: number,
  { restarts, ready }: { restarts: number; ready: boolean },
): Record<string, unknown> {
  const since = time(seed);
  const changed = time(seed + 60 * (restarts + 1) + Number(ready));
  const condition = (type: string, ok: boolean): Record<string, unknown> => ({
    type,
    status: ok ? 'True' : 'False',
    observedGeneration: 1,
    lastTransitionTime: ok ? since : changed,
    ...(!ok && { reason: 'ContainersNotReady', message: `containers with unready status: [${containers[0] ?? ''}]` }),
  });
  const ip = `10.${seed % 200}.${(seed * 7) % 250}.${(seed * 13) % 250}`;
  return {
    phase: 'Running',
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', true),
    ],
    hostIP: `192.168.${seed % 4}.${seed % 250}`,
    hostIPs: [{ ip: `192.168.${seed % 4}.${seed % 250}` }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: since,
    containerStatuses: containers.map((name, i) => ({
      name,
      image: `registry.example.com/platform/${app}/${name}:v1.42.7`,
      imageID: `registry.example.com/platform/${app}/${name}@sha256:${hex(seed + i, 64)}`,
      containerID: `containerd://${hex(seed + i + restarts, 64)}`,
      ready: ready || i > 0,
      started: true,
      restartCount: i === 0 ? restarts : 0,
      state: { running: { startedAt: i === 0 ? changed : since } },
      lastState:
        i > 0 || restarts === 0
          ? {}
          : {
              terminated: {
                exitCode: 137,
                reason: 'OOMKilled',
                startedAt: since,
                finishedAt: changed,
                containerID: `containerd://${hex(seed + restarts - 1, 64)}`,
              },
            },
    })),
  };
}

/** Fixed, so that a recording can be made again and compared. */
function time(seconds: number): string {
  return new Date(Date.UTC(2026, 2, 2, 8, 14, 5) + 1000 * seconds).toISOString().replace('.000Z', 'Z');
}
