import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer, type ApiServer } from 'rxkube/apiserver';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  IDLE_LIMIT,
  MARKER_LIMIT,
  MIN_DELAY,
  MOST_A_MINUTE,
  PAGE_SIZE,
  TIMEOUT_SECONDS,
} from '../../src/protocol/limits.js';
import { Program } from '../program.ts';
import { run, shown } from './guide.ts';

const GUIDE = readFileSync('docs/tune-recovery.md', 'utf8');

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

/** What the next requests of a watch come to. */
const answers = (
  server: ApiServer,
  code: number,
  more: { readonly retryAfter?: number; readonly times?: number } = {},
) => server.inject({ fault: 'status', code, verb: 'watch', ...more });

/** ms between the last two requests. */
function lastWait({ requests }: ApiServer): number {
  const [before, last] = requests.slice(-2);
  return (last?.at ?? 0) - (before?.at ?? 0);
}

/** The same but for numbers, and for how a connection broke. */
const shape = (text: string): string =>
  text.replaceAll(/: \S+ 127.*: the connection was .*/g, ': broken').replaceAll(/\d+(\.\d+)?/g, '0');

it('tune-recovery/say.ts', async () => {
  await using server = await startApiServer();
  using program = run('tune-recovery/say.ts', server);
  await program.says('lists: start');
  await expect.poll(() => server.requests.length).toBe(1);
  answers(server, 429, { retryAfter: 3 });
  server.cut();
  await program.says('live again');
  expect(lastWait(server)).toBeGreaterThanOrEqual(3_000);
  expect(shape(program.output)).toBe(shape(shown('tune-recovery/say.ts')));
});

describe('tune-recovery/policies.ts', () => {
  const isLive = async (server: ApiServer): Promise<Program> => {
    const program = run('tune-recovery/policies.ts', server);
    await program.says('live');
    return program;
  };

  it('waits as it says, and gives up', async () => {
    await using server = await startApiServer();
    using program = await isLive(server);
    server.refuse();
    server.cut();
    expect(await program.ended).toBe(1);
    expect(shape(program.output)).toBe(shape(shown('tune-recovery/policies.ts')));
    expect(program.output).toMatch(/failure 4\n/);
  });

  it('waits no less than the server asks for', async () => {
    await using server = await startApiServer();
    using program = await isLive(server);
    answers(server, 429, { retryAfter: 4 });
    server.cut();
    await program.says('interrupted: 429, failure 1\nlive');
    expect(lastWait(server)).toBeGreaterThanOrEqual(4_000);
  });
});

describe('tune-recovery/wait-for-permission.ts', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'backups.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'backups', kind: 'Backup' },
      versions: [{ name: 'v1', served: true, storage: true }],
    },
  };

  it('waits until it is defined and permitted', async () => {
    await using server = await startApiServer();
    using program = run('tune-recovery/wait-for-permission.ts', server);
    await program.says('not yet: 404\n');
    server.tokens.set(server.token, 'forbidden');
    server.create(definition);
    server.create({ apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'nightly' } });
    await program.says('not yet: 403\n');
    server.tokens.set(server.token, 'allowed');
    await program.says('nightly\n');
    expect(program.output.replaceAll(/(not yet: \d+\n)+(?=\1)/g, '')).toBe(
      shown('tune-recovery/wait-for-permission.ts'),
    );
  });

  it('is over when the server says that nothing will help', async () => {
    await using server = await startApiServer({ objects: [definition] });
    server.tokens.delete(server.token);
    using program = run('tune-recovery/wait-for-permission.ts', server);
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(/^it is over: .*401/);
  });
});

it('tune-recovery/steered.ts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rxkube-steered-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const maintenance = join(folder, 'maintenance');
  await using server = await startApiServer();
  using program = new Program(['node', 'examples/guides/tune-recovery/steered.ts', maintenance], server.kubeconfigPath);
  await program.says('initDone\n');
  writeFileSync(maintenance, '');
  await program.says('paused\n');
  server.create(configMap('web'));
  const asked = server.requests.length;
  rmSync(maintenance);
  await program.says('apply web\n');
  expect(server.requests.length).toBe(asked + 1);

  server.cut();
  await program.says('interrupted\n');
  process.kill(Number(/-HUP (\d+)/.exec(program.output)?.[1]), 'SIGHUP');
  await expect.poll(() => program.output).toMatch(/interrupted\nlive\n$/);
  expect(program.output.replaceAll(maintenance, 'maintenance').replace(/\d+/, '0')).toBe(
    shown('tune-recovery/steered.ts').replace(/\d+/, '0'),
  );
});

it('tune-recovery/late.ts', async () => {
  await using server = await startApiServer();
  using program = run('tune-recovery/late.ts', server);
  await expect.poll(() => server.requests.length).toBe(1);
  server.inject({ fault: 'cut', at: { frames: 0 } });
  server.cut();
  await program.says('behind');
  expect(program.output).toBe(shown('tune-recovery/late.ts'));
});

describe('the guide', () => {
  /** The second column of the row of this option. */
  const defaultOf = (option: string): string | undefined =>
    new RegExp(String.raw`^\| \`${option}\` *\| ([^|]*?) *\|`, 'm').exec(GUIDE)?.[1];

  it('names every option of a watch', () => {
    const [, body = ''] =
      /export interface WatchOptions \{(.*?)\n\}/s.exec(readFileSync('src/options.ts', 'utf8')) ?? [];
    const options = Array.from(body.matchAll(/^ {2}readonly (\w+)\?:/gm), ([, name = '']) => name);
    expect(options).toContain('pageSize');
    expect(options.filter((option) => defaultOf(option) === undefined)).toEqual([]);
  });

  it('says their defaults as they are', () => {
    expect(defaultOf('pageSize')).toBe(String(PAGE_SIZE));
    expect(defaultOf('idleLimit')).toBe(`${IDLE_LIMIT / 1000} s`);
    expect(defaultOf('markerLimit')).toBe(`${MARKER_LIMIT / 1000} s`);
    expect(defaultOf('timeoutSeconds')).toBe(`${TIMEOUT_SECONDS.min} to ${TIMEOUT_SECONDS.max}`);
    expect(GUIDE).toContain(`${MOST_A_MINUTE} requests a minute`);
    expect(GUIDE).toContain(`${MIN_DELAY} ms`);
  });
});
