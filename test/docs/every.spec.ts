import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { startApiServer, type ObjectInput } from 'rxkube/apiserver';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './guide.ts';

/** What holds for README and every guide. */

const GUIDES = globSync('docs/*.md');
const DOCUMENTS = [...globSync(['*.md', 'test/chaos/*.md']), ...GUIDES];

/** Which examples no test here runs, and why. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'in-the-browser/page.ts': 'a page, which needs a browser: test/browser runs it',
};

/** The files that a document shows. Those of the two about testing are tests, which `npm test` runs. */
function codeOf(document: string): readonly string[] {
  const name = basename(document, '.md');
  if (document === 'README.md') return globSync('examples/readme/*.ts');
  if (document === 'docs/testing.md') return globSync('examples/testing/{*.ts,guide/*.ts}');
  if (document === 'docs/marbles.md') return globSync('examples/testing/marbles/*.ts');
  return globSync(`examples/guides/${name}/*.ts`);
}

describe.each(DOCUMENTS)('%s', (document) => {
  const blocks = blocksOf(document);
  const textsIn = (language: string): readonly string[] =>
    blocks.filter((block) => block.language === language).map(({ text }) => text);

  it('shows its examples as they are, and all of them', () => {
    expect(new Set(textsIn('ts'))).toEqual(new Set(codeOf(document).map((file) => readFileSync(file, 'utf8'))));
  });

  it('has blocks of these languages only', () => {
    const others = blocks.filter(({ language }) => !['ts', 'sh', 'yaml', 'json', 'txt', 'text'].includes(language));
    expect(others).toEqual([]);
  });

  it('has manifests that a server takes, and JSON that is JSON', async () => {
    for (const text of textsIn('json')) JSON.parse(text);
    await using server = await startApiServer();
    for (const text of textsIn('yaml')) {
      for (const object of loadAll(text) as readonly ObjectInput[]) server.create(object);
    }
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: object };
    const named = readFileSync(document, 'utf8').matchAll(/^`?npm (?:run )?(?!(?:ci|install)\b)([\w:]+)/gm);
    expect(Array.from(named, ([, name = '']) => name).filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links to what is there', () => {
    const missing = linksOf(document).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      if (globSync(target).length === 0) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(missing).toEqual([]);
  });
});

it('every guide is in the index', () => {
  const others = GUIDES.map((guide) => basename(guide)).filter((guide) => guide !== 'README.md');
  expect(linksOf('docs/README.md')).toEqual(expect.arrayContaining(others));
});

it('every example is run by a test, or said to be run elsewhere', () => {
  const tests = globSync('test/docs/*.spec.ts', { exclude: ['**/every.spec.ts'] }).map((file) =>
    readFileSync(file, 'utf8'),
  );
  const examples = globSync(['examples/guides/**/*.ts', 'examples/readme/*.ts']);
  const names = examples.map((file) => file.replace(/^examples\/(guides\/)?/, ''));
  const untested = names.filter((name) => !tests.some((test) => test.includes(`${name}'`)));
  expect(untested).toEqual(Object.keys(RUN_ELSEWHERE));
});

/** Without those of the web. */
function linksOf(document: string): readonly string[] {
  const prose = proseOf(document).replaceAll(/`[^`\n]*`/g, '');
  const links = prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm);
  return Array.from(links, ([, inline, reference]) => inline ?? reference ?? '').filter(
    (link) => !/^https?:/.test(link),
  );
}

/** As GitHub makes them of the titles. */
function anchorsOf(document: string): readonly string[] {
  const titles = Array.from(proseOf(document).matchAll(/^#+ (.*)$/gm), ([, title = '']) => title);
  const anchors = titles.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return anchors.map((anchor, i) => {
    const earlier = anchors.slice(0, i).filter((other) => other === anchor).length;
    return earlier === 0 ? anchor : `${anchor}-${earlier}`;
  });
}

function proseOf(document: string): string {
  return readFileSync(document, 'utf8').replaceAll(/^```.*?^```$/gms, '');
}
