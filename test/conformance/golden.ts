import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './configuration.ts';
import type { Step } from './transcript.ts';

export type Transcripts = Readonly<Record<string, readonly Step[]>>;

/** Written by a run on a real server with `UPDATE_GOLDEN=1`. */
export const IS_UPDATE = process.env['UPDATE_GOLDEN'] === '1';

/** What a real server said. The files of the other configurations have only the cases that differ from the default. */
export function golden({ name }: Configuration): Transcripts {
  return name === 'default' ? read(name) : { ...read('default'), ...read(name) };
}

export async function writeGolden({ name }: Configuration, transcripts: Transcripts): Promise<void> {
  const usual = name === 'default' ? {} : read('default');
  const special = Object.entries(transcripts).filter(([title, steps]) => !isDeepStrictEqual(steps, usual[title]));
  const { format } = await import('prettier');
  const text = await format(JSON.stringify(Object.fromEntries(special)), { parser: 'json', printWidth: 120 });
  writeFileSync(file(name), text);
}

function read(name: string): Transcripts {
  return JSON.parse(readFileSync(file(name), 'utf8')) as Transcripts;
}

function file(name: string): string {
  return fileURLToPath(new URL(`golden/${name}.json`, import.meta.url));
}
