import { readFileSync } from 'node:fs';
import { startApiServer, type Fault } from 'rxkube/apiserver';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../apiserver/run-command.js';

const GUIDE = readFileSync('docs/testing.md', 'utf8');

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
});

/** What the first column of the first table of a section has in backquotes. */
function firstCells(title: string): string[] {
  const [, section = ''] = GUIDE.split(new RegExp(`^#+ ${title}$`, 'm'));
  const [table = ''] = /^\|.*?\n\n/ms.exec(section) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, cell = '']) => cell));
}
