import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { filter, lastValueFrom, map, merge, takeWhile, tap, toArray, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as preferred from '../../kinds/index.js';
import type { KubernetesObject } from '../../src/events.js';
import type { Kind } from '../../src/kind.js';
import { connect } from '../../src/node/index.js';
import { watch$ } from '../../src/watch.js';
import { apiVersionOf, applyFixtures } from './objects/apply.ts';
import { compile, type Sample } from './objects/compile.ts';
import { clusterUnderTest, type ClusterUnderTest } from './under-test.ts';

const KINDS = join(import.meta.dirname, '../../kinds');
const PATIENCE = { timeout: 30_000 };

/** Those that are off by default, and without which the server drops fields that its OpenAPI has all the same. */
const FEATURES = [
  'AtomicWriteVolumeUserFields',
  'ContainerStopSignals',
  'CrossNamespaceVolumeDataSource',
  'CSIVolumeHealth',
  'DRADerivedAttributes',
  'DRADeviceCompatibilityGroups',
  'DRAListTypeAttributes',
  'DRANodeAllocatableResources',
  'DRAOptionalNodeOperations',
  'DRAPartitionableDevicesType',
  'DRAResourcePoolStatus',
  'EmptyDirVolumeMode',
  'EvictionRequestAPI',
  'GenericWorkload',
  'GRPCContainerProbeTLS',
  'H2CContainerProbe',
  'ImageVolumeWithDigest',
  'InPlacePodVerticalScalingSchedulerPreemption',
  'VolumeBindMountOptions',
  'WorkloadWithJob',
];

interface Generated {
  /** `apps/v1` */
  readonly module: string;
  readonly kind: Kind;
}

interface ObjectSample extends Sample {
  readonly object: KubernetesObject;
}

let cluster: ClusterUnderTest;
let generated: Generated[];
let unfit: string | undefined;

beforeAll(async () => {
  cluster = await clusterUnderTest();
  generated = await generatedKinds();
  unfit = await whyUnfit();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

beforeEach(({ skip }) => {
  if (unfit !== undefined) skip(unfit);
});

describe('the kinds', () => {
  it('are all that the server can list and watch, and no others', async () => {
    const ours = generated.map(({ kind: { group, version, plural, kind, listKind, namespaced } }) => [
      `${group}/${version}/${plural}`,
      { kind, listKind, namespaced },
    ]);
    expect(Object.fromEntries(ours)).toEqual(await watchable());
  });

  it('are in rxkube/kinds in the version that the server prefers, and else in modules only', () => {
    const exported = new Set<Kind>(Object.values(preferred));
    const others = generated.filter(({ kind }) => !exported.delete(kind));
    expect(others.map(({ kind }) => `${apiVersionOf(kind)} ${kind.kind}`)).toEqual([
      'autoscaling/v1 HorizontalPodAutoscaler',
      'events.k8s.io/v1 Event',
    ]);
    expect(exported).toEqual(new Set());
  });

  it('come out the same when they are generated again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxkube-kinds-'));
    try {
      await promisify(execFile)(process.execPath, [join(KINDS, 'generate/run.ts'), folder]);
      expect(texts(folder)).toEqual(texts(KINDS));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the types', () => {
  let samples: readonly Sample[];

  beforeAll(async () => {
    if (unfit !== undefined || !cluster.owned) return;
    const featureGates = FEATURES.map((feature) => `${feature}=true`).join(',');
    await cluster.restart({ flags: { featureGates, allowPrivileged: true } });
    samples = await samplesOfAll();
  });

  it('are tested with objects of every kind', () => {
    const tested = new Set(samples.map(({ module, type }) => `${module} ${type}`));
    expect(tested).toEqual(new Set(generated.map(({ module, kind }) => `${module} ${kind.kind}`)));
  });

  it('accept whatever the server sends, which is 97 % of the properties that they declare', () => {
    const { errors, declared, used, nullable, nulls } = compile(samples);
    expect(errors).toEqual([]);
    const unused = [...declared].filter((property) => !used.has(property));
    expect(1 - unused.length / declared.size, unused.join('\n')).toBeGreaterThan(0.97);
    // Whatever is said to be null at times was null.
    expect(nulls).toEqual(nullable);
  });

  it('accept nothing else', () => {
    const nodes = samples.filter(({ type }) => type === 'Node').slice(0, 1);
    const withFields = (fields: object): Sample[] =>
      nodes.map((node) => ({ ...node, object: { ...node.object, ...fields } }));
    const { errors } = compile([
      ...nodes,
      ...withFields({ spec: { taints: [{ effect: 'NoExecute', key: 'one', valu: 'two' }] } }),
      ...withFields({ metadata: { name: 'full' } }),
      ...withFields({ status: { phase: 'Started' } }),
    ]);
    expect(errors).toEqual([
      expect.stringMatching(/^Node full: .*"valu".* does not exist in type 'Taint'/),
      expect.stringMatching(/^Node full: .* is missing .*: uid, resourceVersion, creationTimestamp/),
      expect.stringMatching(/^Node full: .*"Started".* is not assignable/),
    ]);
  });
});

/** What can be watched by the server's own word, as `apps/v1/deployments`, with the `kind` of a real list of it. */
async function watchable(): Promise<Record<string, object>> {
  interface Groups {
    readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  }
  interface Resources {
    readonly resources: readonly (Pick<Kind, 'kind' | 'namespaced'> & {
      readonly name: string;
      readonly verbs: readonly string[];
    })[];
  }
  const { groups } = await cluster.admin.get<Groups>('/apis');
  const paths = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  const found: Record<string, object> = {};
  for (const path of ['/api/v1', ...paths]) {
    const [version, group = ''] = path.split('/').slice(2).reverse();
    const { resources } = await cluster.admin.get<Resources>(path);
    for (const { name, kind, namespaced, verbs } of resources) {
      if (!verbs.includes('list') || !verbs.includes('watch')) continue;
      const { kind: listKind } = await cluster.admin.get<{ readonly kind: string }>(`${path}/${name}`);
      found[`${group}/${version}/${name}`] = { kind, listKind, namespaced };
    }
  }
  return found;
}

async function generatedKinds(): Promise<Generated[]> {
  const modules = globSync('*/v*.ts', { cwd: KINDS }).sort();
  const found = modules.map(async (path) => {
    const exported = (await import(join(KINDS, path))) as Readonly<Record<string, Kind>>;
    return Object.values(exported).map((kind) => ({ module: path.replace(/\.ts$/, ''), kind }));
  });
  return (await Promise.all(found)).flat();
}

/** The kinds are those of one release, and the objects are not for a cluster that somebody uses. */
async function whyUnfit(): Promise<string | undefined> {
  if (!cluster.owned) return 'needs a cluster of its own';
  const release = /kube-apiserver (v\S+)/.exec(readFileSync(join(KINDS, 'index.ts'), 'utf8'))?.[1];
  const { gitVersion } = await cluster.admin.get<{ readonly gitVersion: string }>('/version');
  return gitVersion === release
    ? undefined
    : `the kinds are those of ${release ?? 'no release'}, this is ${gitVersion}`;
}

/** What is generated, by its path. */
function texts(folder: string): Record<string, string> {
  const byHand = ['generate/**', 'metadata.ts', '*.spec-d.ts'];
  const paths = globSync('**/*.ts', { cwd: folder, exclude: byHand }).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** Every state of every object: of those the server makes itself, of ours, and once more as a page of a list has them. */
async function samplesOfAll(): Promise<Sample[]> {
  const kinds = generated.map(({ kind }) => kind);
  const connection = connect({ kubeconfig: cluster.kubeconfigPath });
  let lists = 0;
  const objectsOf = (initialList: 'streaming' | 'paged', until?: 'initDone'): Observable<ObjectSample> =>
    merge(
      ...generated.map(({ module, kind }) =>
        watch$(connection.resource(kind), { initialList }).pipe(
          tap(({ type }) => {
            if (type === 'initDone') lists += 1;
          }),
          takeWhile(({ type }) => type !== until),
          filter((event) => 'object' in event),
          map(({ object }) => ({ module, type: kind.kind, object })),
        ),
      ),
    );

  const samples: ObjectSample[] = [];
  const watching = objectsOf('streaming').subscribe((sample) => samples.push(sample));
  try {
    // From then on nothing is missed: some fields are only null in the first state of an object.
    await vi.waitFor(() => expect(lists).toBe(kinds.length), PATIENCE);
    await applyFixtures(cluster.admin, kinds);
    const listed = await lastValueFrom(objectsOf('paged', 'initDone').pipe(toArray()), { defaultValue: [] });
    const missing = (): Set<string> => {
      const keys = new Set(listed.map(keyOf));
      for (const sample of samples) keys.delete(keyOf(sample));
      return keys;
    };
    await vi.waitFor(() => expect(missing()).toEqual(new Set()), PATIENCE);
    return [...samples, ...listed];
  } finally {
    watching.unsubscribe();
  }
}

function keyOf({ module, type, object: { metadata } }: ObjectSample): string {
  return `${module} ${type} ${metadata.uid} ${metadata.resourceVersion}`;
}
