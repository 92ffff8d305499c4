import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch$ } from 'rxkube';
import { ManualClock, startApiServer, type ApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { load, save } from '../../examples/guides/resume-from-a-checkpoint/checkpoint.ts';
import { Program } from '../program.ts';
import { shown } from './guide.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rxkube-checkpoint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const configMap = (name: string, colour?: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...(colour !== undefined && { data: { colour } }),
});

/** Runs an example with its files in a folder of the test's. */
function start(example: string, server: ApiServer, ...files: readonly string[]): Program {
  const paths = files.map((file) => join(folder, file));
  return new Program(['node', `examples/guides/${example}`, ...paths], server.kubeconfigPath);
}

/** Without a chance to do anything: the program does not handle the signal. */
async function kill(program: Program): Promise<void> {
  program.stop();
  expect(await program.ended).toBeNull();
}

const read = (file: string): string => {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const savedPosition = (file: string): unknown =>
  (JSON.parse(read(file) || '{}') as { readonly resourceVersion?: string }).resourceVersion;
const lists = (server: ApiServer): number =>
  server.requests.filter(({ verb, query }) => verb === 'list' || query.has('sendInitialEvents')).length;

describe('resume-from-a-checkpoint/follow.ts', () => {
  const follow = (server: ApiServer): Program =>
    start('resume-from-a-checkpoint/follow.ts', server, 'checkpoint.json', 'journal.txt');
  const journal = (): readonly string[] => read('journal.txt').split('\n').slice(0, -1);

  it('goes on where it was when it was killed, without a list', async () => {
    await using server = await startApiServer({ objects: [configMap('web', 'green'), configMap('old', 'grey')] });
    using first = follow(server);
    await expect.poll(() => savedPosition('checkpoint.json')).toBe(server.resourceVersion);
    const position = server.resourceVersion;
    await kill(first);
    expect(journal()).toEqual(['old is grey', 'web is green']);

    server.patch(configMap('web'), { data: { colour: 'blue' } });
    server.delete(configMap('old'));
    server.create(configMap('new', 'red'));
    using second = follow(server);
    await expect.poll(journal).toEqual(['old is grey', 'web is green', 'web is blue', 'old is gone', 'new is red']);
    expect(first.output + second.output).toBe(
      shown('resume-from-a-checkpoint/follow.ts').replace(/at \d+/, `at ${position}`),
    );
    expect(lists(server)).toBe(1);
  });

  it('misses nothing, whenever it is killed', async () => {
    await using server = await startApiServer();
    const names = Array.from({ length: 100 }, (_, i) => `c-${i}`);
    const writing = (async () => {
      for (const name of names) {
        server.create(configMap(name, 'green'));
        server.patch(configMap(name), { data: { colour: 'blue' } });
        await sleep(50);
      }
    })();
    for (const lived of [300, 900, 1_500, 1_200]) {
      using program = follow(server);
      await sleep(lived);
      await kill(program);
    }
    await writing;
    using last = follow(server);
    // The last line about each: what is done twice is done in order again.
    const states = (): object => new Map(journal().map((line) => line.split(' is ') as [string, string]));
    await expect.poll(states).toEqual(new Map(names.map((name) => [name, 'blue'])));
    expect(last.output).not.toContain('expired');
  });

  it('comes as far as bookmarks say, where nothing changes', async () => {
    const clock = new ManualClock();
    await using server = await startApiServer({ clock });
    using program = follow(server);
    await program.says('lists: start');
    await expect.poll(() => savedPosition('checkpoint.json')).toBe(server.resourceVersion);
    server.create({ ...configMap('other'), kind: 'Secret' });
    clock.advance(60_000);
    await expect.poll(() => savedPosition('checkpoint.json')).toBe(server.resourceVersion);
    expect(journal()).toEqual([]);
  });

  it('does not know what was deleted before a 410', async () => {
    await using server = await startApiServer({ objects: [configMap('old', 'grey')] });
    using first = follow(server);
    await expect.poll(() => savedPosition('checkpoint.json')).toBe(server.resourceVersion);
    await kill(first);

    server.delete(configMap('old'));
    server.create(configMap('new', 'red'));
    await server.restart();
    using second = follow(server);
    await second.says('lists: expired');
    await expect.poll(() => savedPosition('checkpoint.json')).toBe(server.resourceVersion);
    expect(journal()).toEqual(['old is grey', 'new is red']);
  });
});

describe('resume-from-a-checkpoint/with-objects.ts', () => {
  const follow = (server: ApiServer): Program =>
    start('resume-from-a-checkpoint/with-objects.ts', server, 'known.json');

  it.each([
    ['that the server still has', () => Promise.resolve()],
    ['that the server has forgotten (410)', (server: ApiServer) => server.restart()],
  ])('tells the difference to what it had known: changes %s', async (_, forget) => {
    await using server = await startApiServer({
      objects: [configMap('web', 'green'), configMap('old', 'grey'), configMap('same', 'white')],
    });
    using first = follow(server);
    await expect.poll(() => savedPosition('known.json')).toBe(server.resourceVersion);
    await kill(first);

    server.delete(configMap('old'));
    server.create(configMap('new', 'red'));
    server.patch(configMap('web'), { data: { colour: 'blue' } });
    await forget(server);
    using second = follow(server);
    await expect.poll(() => savedPosition('known.json')).toBe(server.resourceVersion);
    expect(first.output + second.output).toBe(shown('resume-from-a-checkpoint/with-objects.ts'));
    await kill(second);

    using third = follow(server);
    server.delete(configMap('same'));
    await third.says('deleted same\n');
    expect(third.output).toBe('deleted same\n');
  });

  it('keeps no more of an object than it says', async () => {
    await using server = await startApiServer({ objects: [configMap('web', 'green')] });
    using program = follow(server);
    await program.says('added web');
    await expect.poll(() => savedPosition('known.json')).toBe(server.resourceVersion);
    const [object] = (JSON.parse(read('known.json')) as { readonly objects: readonly object[] }).objects;
    expect(object).toEqual({
      metadata: {
        name: 'web',
        namespace: 'default',
        uid: expect.any(String) as string,
        resourceVersion: server.resourceVersion,
      },
      data: { colour: 'green' },
    });
  });
});

describe('resume-from-a-checkpoint/checkpoint.ts', () => {
  const checkpoint = { from: 'a cluster, and its pods', resourceVersion: '7' };

  it('gives back what was saved, to the watch that it is of', async () => {
    const file = join(folder, 'checkpoint.json');
    expect(await load(file, checkpoint.from)).toBeUndefined();
    await save(file, checkpoint);
    expect(await load(file, checkpoint.from)).toEqual(checkpoint);
    expect(await load(file, 'a cluster, and its nodes')).toBeUndefined();
  });

  it('leaves the file as it was, when it is killed while it writes', async () => {
    const file = join(folder, 'checkpoint.json');
    await save(file, checkpoint);
    writeFileSync(`${file}.next`, '{"from":"a clu');
    expect(await load(file, checkpoint.from)).toEqual(checkpoint);
    await save(file, { ...checkpoint, resourceVersion: '8' });
    expect(await load(file, checkpoint.from)).toMatchObject({ resourceVersion: '8' });
  });
});

it('the guide quotes what is said of a resourceVersion that cannot be one', async () => {
  await using server = await startApiServer();
  const source = connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap);
  const [, quoted = ''] = /^RangeError: (.*)$/m.exec(readFileSync('docs/resume-from-a-checkpoint.md', 'utf8')) ?? [];
  expect(() => watch$(source, { resourceVersion: '0' })).toThrow(quoted);
});
