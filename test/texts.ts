/// <reference types="vite/types/importMeta.d.ts" />

// Vite reads them, so that specs have them in a browser too.
const TEXTS = import.meta.glob<string>(
  ['../docs/marbles.md', '../{src,src/node,operators}/*.ts', '!../**/*.spec*.ts'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);

/** A file of the repository that specs quote. `file`: its path from the root. */
export function textOf(file: string): string {
  const text = TEXTS[`../${file}`];
  if (text === undefined) throw new Error(`${file} is none of the files that test/texts.ts has`);
  return text;
}
