import { readFileSync } from 'node:fs';
import type { ApiServer } from 'rxkube/apiserver';
import { Program } from '../program.ts';

/** A fenced block of Markdown. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a document, in their order. */
export function blocksOf(document: string): readonly Block[] {
  const fences = readFileSync(document, 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return Array.from(fences, ([, language = '', text = '']) => ({ language, text }));
}

/** Runs an example of the guides, `react-to-changes/changes.ts`, as a reader does whose kubeconfig names the server. */
export function run(example: string, server: ApiServer): Program {
  return new Program(['node', `examples/guides/${example}`], server.kubeconfigPath);
}

/** What a guide says that an example prints: the text right after its code. */
export function shown(example: string): string {
  const blocks = blocksOf(`docs/${example.replace(/\/.*/, '')}.md`);
  const code = readFileSync(`examples/guides/${example}`, 'utf8');
  const { language, text } = blocks[blocks.findIndex((block) => block.text === code) + 1] ?? {};
  if (language !== 'txt' || text === undefined) throw new Error(`no text follows the code of ${example}`);
  return text;
}
