import { expect } from 'vitest';

/**
 * Waits until nothing refers to any of these: a compiler in the background may do so for some milliseconds. A browser has to be started
 * with `--js-flags=--expose-gc`.
 */
export async function collected(refs: readonly WeakRef<object>[]): Promise<void> {
  const gc = (globalThis.gc ??= exposed());
  const left = async (): Promise<number> => {
    await gc({ type: 'major', execution: 'async' });
    return refs.filter((ref) => ref.deref() !== undefined).length;
  };
  await expect.poll(left).toBe(0);
}

function exposed(): NodeJS.GCFunction {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  return process.getBuiltinModule('node:vm').runInNewContext('gc') as NodeJS.GCFunction;
}
