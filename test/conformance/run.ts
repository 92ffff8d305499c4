import { GADGETS_CRD, install, PLAINS_CRD } from './resources.ts';
import { Disturbed, Script, type Case } from './script.ts';
import type { Server } from './subject.ts';
import { normalised, type Step } from './transcript.ts';

export type Outcome = { readonly steps: readonly Step[] } | { readonly error: unknown };

/** Enough that the waits of cases overlap, and few enough that none starves on a small machine. */
const CONCURRENCY = 8;
const ATTEMPTS = 5;

/** Runs all cases on one server: together those that may be, then the others one by one. */
export async function runAll(server: Server, cases: readonly Case[]): Promise<ReadonlyMap<string, Outcome>> {
  for (const crd of [GADGETS_CRD, PLAINS_CRD]) await install(new Script(server, 'default'), crd);
  const outcomes = new Map<string, Outcome>();
  const run = async ([index, entry]: readonly [number, Case]): Promise<void> => {
    outcomes.set(entry.name, await outcomeOf(server, entry, index));
  };
  const numbered = [...cases.entries()];
  const together = numbered.filter(([, { alone }]) => !alone).values();
  const worker = async (): Promise<void> => {
    for (const entry of together) await run(entry);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  for (const entry of numbered.filter(([, { alone }]) => alone)) await run(entry);
  return outcomes;
}

async function outcomeOf(server: Server, entry: Case, index: number): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    const script = new Script(server, `case-${String(index).padStart(3, '0')}-${attempt}`);
    try {
      await script.aside('POST', '/api/v1/namespaces', {}, { metadata: { name: script.namespace } });
      await entry.run(script);
      return { steps: normalised(script.steps, script.namespace) };
    } catch (error) {
      if (!(error instanceof Disturbed) || attempt === ATTEMPTS) return { error };
    } finally {
      script.end();
    }
  }
}
