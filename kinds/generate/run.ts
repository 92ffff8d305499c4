/**
 * Writes the kinds of the kube-apiserver that the tests build: `npm run generate`.
 * With a folder as its argument it writes there, so that a test can compare.
 */
import { globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { startCluster } from '../../test/real/cluster.ts';
import { readApi } from './api.ts';
import { filesOf } from './files.ts';
import { completed } from './untold.ts';

const KINDS = fileURLToPath(new URL('..', import.meta.url));
const [folder = KINDS] = process.argv.slice(2);

await using cluster = await startCluster();
const api = await readApi((path) => cluster.admin.get(path));
const style = await resolveConfig(join(KINDS, 'index.ts'));
const files = await filesOf({ ...api, schemas: completed(api.schemas) });
for (const old of globSync('*/v*.ts', { cwd: folder })) await rm(join(folder, old));
for (const [path, text] of files) {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await format(text, { ...style, parser: 'typescript' }));
}
