import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startApiServer, type Fault } from '../apiserver/index.js';
import { runCommand } from '../apiserver/run-command.js';

const GUIDE = readFileSync('docs/testing.md', 'utf8');

/** The code of the guides is the code of `examples/testing`, which is type-checked and run with all other tests. */
it('the guides show the examples as they are, and all of them', () => {
  const guides = globSync('docs/*.md').map((file) => readFileSync(file, 'utf8'));
  const shown = guides.flatMap((text) => [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code));
  const files = globSync('examples/testing/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  expect(new Set(shown)).toEqual(new Set(files));
});

it('the examples that others copy stay short', () => {
  expect(readFileSync('examples/testing/replica-alarm.spec.ts', 'utf8').split('\n').length).toBeLessThan(40);
});

describe('docs/testing.md', () => {
  it('names every fault', async () => {
    await using server = await startApiServer();
    const unknown = { fault: 'unknown' } as unknown as Fault;
    expect(() => server.inject(unknown)).toThrow(
      `fault must be one of ${firstCells('Faults').join(', ')}, got "unknown"`,
    );
  });

  it('names all that POST /faults/now does', async () => {
    await using server = await startApiServer({ tls: false });
    const headers = { authorization: `Bearer ${server.token}` };
    const answer = await fetch(`${server.url}/faults/now`, { method: 'POST', headers, body: '{}' });
    const { message } = (await answer.json()) as { readonly message: string };
    const [, row = ''] = /^\| `POST \/faults\/now` \|(.*)$/m.exec(GUIDE) ?? [];
    const named = [...row.replace('{"do":"cut"}', 'cut').matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const actions = named.filter((name) => name !== 'ms' && name !== 'downFor');
    expect(message).toBe(`do must be one of ${actions.join(', ')}, got undefined`);
  });

  it('names every option of the command', async () => {
    let help = '';
    const io = { out: (text: string) => void (help += text), err: () => undefined, signal: AbortSignal.abort() };
    await runCommand(['--help'], io);
    const options = (text: string): string[] =>
      [...text.matchAll(/--[a-z-]+(?: [A-Z]+\b)?/g)].map(([option]) => option);
    const lines = help.split('\n').filter((line) => line.startsWith('  --'));
    const listed = lines.flatMap((line) => options(line.slice(0, 22)));
    expect(firstCells('From another process or language').flatMap(options)).toEqual(listed);
  });

  it('links to what is there', () => {
    const anchors = [...GUIDE.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title));
    const targets = [...GUIDE.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    const missing = targets.filter((target) =>
      target.startsWith('#') ? !anchors.includes(target.slice(1)) : globSync(`docs/${target}`).length === 0,
    );
    expect(missing).toEqual([]);
  });
});

/** What the first column of the first table of a section has in backquotes. */
function firstCells(title: string): string[] {
  const [, section = ''] = GUIDE.split(new RegExp(`^#+ ${title}$`, 'm'));
  const [table = ''] = /^\|.*?\n\n/ms.exec(section) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, cell = '']) => cell));
}

/** As GitHub makes it of a title. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}
