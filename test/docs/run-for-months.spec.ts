import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { startApiServer, type ApiServer, type RequestInfo } from 'rxkube/apiserver';
import type { ClusterRole } from 'rxkube/kinds';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Program } from '../program.ts';
import { blocksOf, run } from './guide.ts';

const GUIDE = 'docs/run-for-months.md';
const MANIFEST = readFileSync('examples/guides/run-for-months/rbac.yaml', 'utf8');

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'registry.example/main' }] },
});

beforeEach(() => vi.stubEnv('PORT', '0'));
afterEach(() => vi.unstubAllEnvs());

describe('run-for-months/service.ts', () => {
  const start = (server: ApiServer): Program => run('run-for-months/service.ts', server);
  const get = async (program: Program, path: string): Promise<string> => {
    await program.says('"listens"');
    const answer = await fetch(`http://127.0.0.1:${/"port":(\d+)/.exec(program.output)?.[1] ?? ''}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };

  it('is alive at once, and ready when it has its list', async () => {
    await using server = await startApiServer({ objects: [pod('web-1')] });
    server.inject({ fault: 'freeze', verb: 'watch' });
    using program = start(server);
    expect(await get(program, '/livez')).toBe('200 ok\n');
    expect(await get(program, '/readyz')).toBe('503 lists\n');
    server.thaw();
    await expect.poll(() => get(program, '/readyz')).toBe('200 ok\n');
    expect(await get(program, '/metrics')).toContain('store_objects{} 1\n');

    server.refuse();
    server.cut();
    await program.says('"is interrupted"');
    expect(await get(program, '/readyz')).toBe('200 ok\n');
  });

  it('counts what happens to it, as the guide shows it', async () => {
    await using server = await startApiServer({ objects: [pod('web-1')] });
    using program = start(server);
    await program.says('"is live"');
    server.inject({ fault: 'error', verb: 'watch' });
    server.cut();
    server.create(pod('web-2'));
    await program.says('"cause":"expired"');
    await expect.poll(() => get(program, '/metrics')).toContain('store_objects{} 2\n');
    const text = (await get(program, '/metrics')).replace('200 ', '');
    const shownText = blocksOf(GUIDE).find(({ language, text }) => language === 'txt' && text.includes('_total'))?.text;
    const shape = (metrics = ''): string => metrics.replaceAll(/ [\d.]+$/gm, ' 0');
    expect(shape(text)).toBe(shape(shownText));
    expect(text).toContain('watch_relists_total{from="pods",cause="expired"} 1\n');
    expect(text).toContain('watch_failures_total{from="pods",kind="status",code="410"} 1\n');
  });

  it('ends in order when it is told to', async () => {
    await using server = await startApiServer({ objects: [pod('web-1')] });
    using program = start(server);
    await program.says('"is live"');
    program.stop();
    expect(await program.ended).toBe(0);
    expect(program.output).toMatch(/"what":"ends"\}\n$/);
  });

  it('ends with an error when nothing will help', async () => {
    await using server = await startApiServer();
    server.tokens.set(server.token, 'forbidden');
    using program = start(server);
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(/"what":"over","reason":"WatchError: .*cannot watch resource/);
  });

  it('says nothing of what is in an object', async () => {
    const secret = 'xyzzy';
    await using server = await startApiServer({ objects: [{ ...pod('web-1'), status: { message: secret } }] });
    using program = start(server);
    await program.says('"is live"');
    server.inject({ fault: 'malformed', verb: 'watch', text: `{"type":"ADDED","object":{"password":"${secret}"}\n` });
    server.cut();
    await program.says('"decode"');
    expect(program.output).not.toContain(secret);
  });
});

describe('run-for-months/rbac.yaml', () => {
  const objects = loadAll(MANIFEST) as readonly { readonly kind: string }[];
  const rules = (objects.find(({ kind }) => kind === 'ClusterRole') as ClusterRole).rules ?? [];

  /** Permits what the rules do, without some verbs. @returns what was asked, and what was refused */
  function permit(server: ApiServer, ...without: readonly string[]) {
    const asked = new Set<string>();
    const refused: RequestInfo[] = [];
    server.tokens.set(server.token, (request) => {
      const { verb, group, resource } = request;
      asked.add(verb);
      const isAllowed = rules.some(
        ({ apiGroups = [], resources = [], verbs }) =>
          apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb) && !without.includes(verb),
      );
      if (!isAllowed) refused.push(request);
      return isAllowed;
    });
    return { asked, refused };
  }

  it('is what the guide shows', () => {
    expect(blocksOf(GUIDE).filter(({ language }) => language === 'yaml')).toEqual([
      { language: 'yaml', text: MANIFEST },
    ]);
  });

  it('permits all that a watch asks for, and nothing else', async () => {
    await using server = await startApiServer({ watchList: false, objects: [pod('web-1')] });
    const { asked, refused } = permit(server);
    using program = run('run-for-months/service.ts', server);
    await program.says('"is live"');
    server.inject({ fault: 'error', verb: 'watch' });
    server.cut();
    await program.says('"cause":"expired"');
    await expect.poll(() => program.output.match(/"is live"/g)).toHaveLength(2);
    expect(refused).toEqual([]);
    expect([...asked].sort()).toEqual([...new Set(rules.flatMap(({ verbs }) => verbs))].sort());
  });

  it.each(['list', 'watch'])('has no verb too many: %s', async (verb) => {
    await using server = await startApiServer({ watchList: false, objects: [pod('web-1')] });
    permit(server, verb);
    using program = run('run-for-months/service.ts', server);
    expect(await program.ended).toBe(1);
    expect(program.output).toContain(`cannot ${verb} resource`);
  });
});

it('run-for-months/memory.ts', async () => {
  await using server = await startApiServer({ objects: Array.from({ length: 500 }, (_, i) => pod(`web-${i}`)) });
  using program = new Program(
    ['node', '--expose-gc', 'examples/guides/run-for-months/memory.ts'],
    server.kubeconfigPath,
  );
  expect(await program.ended, program.output).toBe(0);
  const shape = (text: string): string => text.replaceAll(/-?[\d.]+ kB each of \d+/g, 'so much');
  expect(shape(program.output)).toBe(
    shape(blocksOf(GUIDE).find(({ text }) => text.startsWith('whole objects:'))?.text ?? ''),
  );
});

it('run-for-months/metrics.ts writes what was counted as Prometheus reads it', async () => {
  const { createStore } = await import('rxkube');
  const { Metrics } = await import('../../examples/guides/run-for-months/metrics.ts');
  const metrics = new Metrics(createStore());
  metrics.observe({ type: 'warning', from: 'pods', text: 'a "quoted" one\\' });
  metrics.observe({ type: 'warning', from: 'pods', text: 'a "quoted" one\\' });
  expect(metrics.text()).toBe('watch_warnings_total{from="pods",text="a \\"quoted\\" one\\\\"} 2\nstore_objects{} 0\n');
});
