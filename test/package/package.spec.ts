import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(root, 'node_modules');

let temp: string;
let tarball: string;

beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), 'rxkube-package-'));
  const output = execFileSync('npm', ['pack', '--silent', '--pack-destination', temp], { cwd: root, encoding: 'utf8' });
  tarball = join(temp, output.trim());
});

afterAll(() => {
  rmSync(temp, { recursive: true, force: true });
});

describe('the package', () => {
  it('has what it promises, and nothing of the tests', () => {
    const home = join(consumer('contents', []), 'node_modules/rxkube');
    const files = globSync('**', { cwd: home });
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']));
    expect(files.filter((file) => /\.spec|(^|\/)(test|bench|examples|\.ci)\//.test(file))).toEqual([]);
  });

  it('has the sources that its source maps name', () => {
    const home = join(consumer('maps', []), 'node_modules/rxkube');
    const maps = globSync('dist/**/*.map', { cwd: home }).map((file) => join(home, file));
    expect(maps).not.toEqual([]);
    const missing = maps.flatMap((map) => sourcesOf(map).filter((source) => !existsSync(source)));
    expect(missing).toEqual([]);
  });
});

describe('rxkube, with RxJS alone beside it', () => {
  let app: string;
  beforeAll(() => {
    app = consumer('core', ['rxjs', 'rxjs-for-await']);
  });

  it('can be imported and required', () => {
    expect(node(app, 'import.mjs', 'rxkube', 'watch$')).toBe('function true\n');
  });

  it.each(['nodenext', 'bundler'])(
    'has types for moduleResolution %s, without those of Node or client-node',
    (mode) => {
      expect(compile(app, 'core.ts', mode, ['--lib', 'es2023,dom', '--types', ''])).toBe('');
    },
  );
});

describe('rxkube/kinds, with RxJS alone beside it', () => {
  let app: string;
  beforeAll(() => {
    app = consumer('kinds', ['rxjs', 'rxjs-for-await']);
  });

  it.each(['rxkube/kinds', 'rxkube/kinds/core/v1'])('%s can be imported and required', (entry) => {
    expect(node(app, 'import.mjs', entry, 'Pod')).toBe('object true\n');
  });

  it.each(['nodenext', 'bundler'])('has types for moduleResolution %s, of each version', (mode) => {
    expect(compile(app, 'kinds.ts', mode, ['--lib', 'es2023,dom', '--types', ''])).toBe('');
  });
});

describe('rxkube/marbles, with RxJS alone beside it', () => {
  let app: string;
  beforeAll(() => {
    app = consumer('marbles', ['rxjs', 'rxjs-for-await']);
  });

  it('can be imported and required', () => {
    expect(node(app, 'import.mjs', 'rxkube/marbles', 'watchTest')).toBe('function true\n');
  });

  it.each(['nodenext', 'bundler'])(
    'has types for moduleResolution %s, without those of Node or a test runner',
    (mode) => {
      expect(compile(app, 'marbles.ts', mode, ['--lib', 'es2023,dom', '--types', ''])).toBe('');
    },
  );

  it('plays a test without a test runner', () => {
    expect(node(app, 'marbles.ts')).toBe('');
  });
});

describe('rxkube/node, with what package.json declares', () => {
  let app: string;
  beforeAll(() => {
    const { dependencies, peerDependencies } = manifest;
    app = consumer('node', [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node', '@types/ws']);
  });

  it('can be imported and required', () => {
    expect(node(app, 'import.mjs', 'rxkube/node', 'connect')).toBe('function true\n');
  });

  it.each(['nodenext', 'bundler'])('has types for moduleResolution %s, without those of the DOM', (mode) => {
    expect(compile(app, 'node.ts', mode, ['--lib', 'es2023', '--types', 'node'])).toBe('');
  });
});

describe('rxkube/apiserver, with js-yaml', () => {
  let app: string;
  beforeAll(() => {
    app = consumer('apiserver', ['js-yaml', '@types/node']);
  });

  it('can be imported and required', () => {
    expect(node(app, 'import.mjs', 'rxkube/apiserver', 'startApiServer')).toBe('function true\n');
  });

  it.each(['nodenext', 'bundler'])('has types for moduleResolution %s', (mode) => {
    expect(compile(app, 'apiserver.ts', mode, ['--lib', 'es2023,esnext.disposable', '--types', 'node'])).toBe('');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('runs as a command until %s, and leaves nothing', async (signal) => {
    const home = join(app, 'node_modules/rxkube');
    const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    const command = spawn(process.execPath, [join(home, bin['rxkube-apiserver'] ?? '')]);
    const [, kubeconfig = ''] = /^export KUBECONFIG=(.*)$/m.exec(String(await once(command.stdout, 'data'))) ?? [];
    expect(existsSync(kubeconfig)).toBe(true);
    command.kill(signal);
    expect(await once(command, 'close')).toEqual([0, null]);
    expect(existsSync(kubeconfig)).toBe(false);
  });
});

/** An application of its own, with the packed package and nothing but the given packages installed. */
function consumer(name: string, packages: readonly string[]): string {
  const app = join(temp, name);
  cpSync(join(root, 'test/package/consumer'), app, { recursive: true });
  mkdirSync(join(app, 'node_modules/rxkube'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', join(app, 'node_modules/rxkube'), '--strip-components=1']);
  for (const dependency of packages) {
    mkdirSync(dirname(join(app, 'node_modules', dependency)), { recursive: true });
    symlinkSync(join(MODULES, dependency), join(app, 'node_modules', dependency));
  }
  return app;
}

function node(cwd: string, ...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
}

/** What `tsc` complains about. */
function compile(app: string, file: string, mode: string, options: readonly string[]): string {
  const module = mode === 'bundler' ? 'preserve' : mode;
  const strict = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    'false',
    '--target',
    'es2023',
  ];
  const args = [join(MODULES, '.bin/tsc'), ...strict, '--module', module, '--moduleResolution', mode, ...options, file];
  try {
    return node(app, ...args);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function sourcesOf(map: string): string[] {
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
  return sources.map((source) => resolve(dirname(map), source));
}
