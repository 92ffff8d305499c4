import { loadAll } from 'js-yaml';

/**
 * Reads a kubeconfig's YAML (or JSON, which is YAML); undefined where there is nothing but comments.
 *
 * @throws Error that names the line. The parser's own message quotes what is there, which may be a token.
 */
export function parseYaml(text: string, name: string): unknown {
  try {
    return loadAll(text)[0];
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- for the same reason
    throw new Error(`${name} is not valid YAML${lineOf(error)}`);
  }
}

function lineOf(error: unknown): string {
  const mark = error instanceof Error && 'mark' in error ? error.mark : undefined;
  const line = typeof mark === 'object' && mark !== null && 'line' in mark ? mark.line : undefined;
  return typeof line === 'number' ? ` (line ${line + 1})` : '';
}
