import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';

/** What TypeDoc has made of the doc comments. That it is of the present ones is seen by `npm run docs:api:check`. */
const pages = new Map(globSync('docs/api/**/*.md').map((file) => [file, readFileSync(file, 'utf8')]));

describe('the reference', () => {
  it('has a page for each entry of the package, but the kinds', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
    const entries = Object.keys(exports).filter((path) => !/^\.\/(kinds|package\.json)/.test(path));
    const files = entries.map((path) => `docs/api/rxkube${path.slice(1)}.md`);
    expect([...pages.keys()].sort()).toEqual(['docs/api/README.md', ...files].sort());
  });

  it('links only to what is there', () => {
    const dead = [...pages].flatMap(([file, text]) =>
      linksOf(text)
        .filter((link) => !/^https?:/.test(link))
        .filter((link) => {
          const [path = '', anchor] = link.split('#');
          const page = pages.get(path === '' ? file : join(dirname(file), path));
          return page === undefined || (anchor !== undefined && !page.includes(`<a id="${anchor}"></a>`));
        })
        .map((link) => `${file}: ${link}`),
    );
    expect(dead).toEqual([]);
  });
});

/** Outside of code. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
}
