import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';

/** How far a watch has come, and whose it is: `from` has cluster, resource, namespace and selectors. */
export interface Checkpoint {
  readonly from: string;
  readonly resourceVersion: string;
}

/** What was saved last; undefined where there is nothing yet, or that of another watch. */
export async function load<C extends Checkpoint>(file: string, from: string): Promise<C | undefined> {
  if (!existsSync(file)) return undefined;
  const saved = JSON.parse(await readFile(file, 'utf8')) as C;
  return saved.from === from ? saved : undefined;
}

/** Whenever the process is killed, the file is the old one or the new one, never half of one. */
export async function save(file: string, checkpoint: Checkpoint): Promise<void> {
  await writeFile(`${file}.next`, JSON.stringify(checkpoint), { flush: true, mode: 0o600 });
  await rename(`${file}.next`, file);
}
