import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path/posix';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const BASICS = ['src/events.ts', 'src/errors.ts', 'src/objects.ts', 'src/kind.ts', 'src/resource-version.ts'];
const SHELL = ['src/*.ts', 'src/protocol/*.ts', 'src/transport/*.ts'];

/** Each room, and all that it may import besides itself. A file belongs to the first room that matches it. */
const ROOMS: readonly (readonly [room: string, mayImport: readonly string[]])[] = [
  ['src/errors.ts', []],
  ['src/{events,objects,kind,resource-version}.ts', BASICS],
  ['src/protocol/**', BASICS],
  ['src/transport/**', [...BASICS, 'src/protocol/messages.ts', 'rxjs']],
  ['src/store/**', [...BASICS, 'rxjs']],
  ['src/index.ts', [...SHELL, 'src/store/*.ts', 'operators/*.ts']],
  ['src/watch.ts', ['src/*.ts', 'src/protocol/*.ts', 'src/transport/resource-api.ts', 'rxjs']],
  ['src/*.ts', [...SHELL, 'rxjs']],
  [
    'src/node/**',
    [
      ...SHELL,
      'operators/map-objects.ts',
      'rxjs',
      'undici',
      'js-yaml',
      '@kubernetes/client-node',
      'node:*',
      'node:*/*',
    ],
  ],
  ['kinds/**', ['src/kind.ts']],
  ['operators/**', [...BASICS, 'src/store/*.ts', 'rxjs', 'rxjs-for-await']],
  [
    'marbles/**',
    [
      ...BASICS,
      'src/{neighbours,source}.ts',
      'src/protocol/messages.ts',
      'src/store/change.ts',
      'rxjs',
      'rxjs/testing',
    ],
  ],
  // It tells whether the library is right, so it shares nothing with it.
  ['apiserver/**', ['node:*', 'node:*/*', 'js-yaml']],
];

const imports = new Map(
  globSync(['{src,operators,kinds,marbles,apiserver}/**/*.ts'], {
    exclude: ['kinds/generate/**', '**/*.spec.ts', '**/*.spec-d.ts'],
  })
    .sort()
    .map((file) => [file, importsOf(file)]),
);

describe('imports', () => {
  it.each(ROOMS)('of %s', (room, mayImport) => {
    const files = [...imports].filter(([file]) => roomOf(file) === room);
    expect(files, 'a room without a file').not.toEqual([]);

    const strays = files.flatMap(([file, targets]) =>
      targets
        .filter((target) => roomOf(target) !== room && !mayImport.some((glob) => matchesGlob(target, glob)))
        .map((target) => `${file} → ${target}`),
    );
    expect(strays).toEqual([]);
  });

  it('leave no file without a room', () => {
    expect([...imports.keys()].filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  it('form no cycle', () => {
    expect([...imports.keys()].map((file) => cycleFrom(file)).filter((cycle) => cycle !== undefined)).toEqual([]);
  });
});

function roomOf(file: string): string | undefined {
  return ROOMS.find(([room]) => matchesGlob(file, room))?.[0];
}

/** What a file imports, types included: paths from the root of the repository, and names of packages. */
function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? join(dirname(file), fileName).replace(/\.js$/, '.ts') : fileName,
    );
}

/** The way from a file back to itself, if there is one. */
function cycleFrom(start: string, path: readonly string[] = [start], seen = new Set<string>()): string | undefined {
  for (const next of imports.get(path.at(-1) ?? start) ?? []) {
    if (next === start) return [...path, next].join(' → ');
    if (seen.has(next)) continue;
    seen.add(next);
    const cycle = cycleFrom(start, [...path, next], seen);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
