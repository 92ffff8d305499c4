import { beforeAll, describe, expect, it } from 'vitest';
import { CASES } from './cases.ts';
import { Differences } from './compare.ts';
import { CONFIGURATIONS, type Configuration } from './configuration.ts';
import { golden, IS_UPDATE, writeGolden } from './golden.ts';
import { runAll, type Outcome } from './run.ts';
import type { Server } from './subject.ts';
import type { Step } from './transcript.ts';

interface Options {
  readonly differences?: Differences;
  /** What it says is what the golden files say, and they are written anew from it. */
  readonly isReference?: boolean;
}

/** The same cases for every server, in every configuration, held to the same golden files. */
export function conformance(
  start: (configuration: Configuration) => Promise<Server>,
  { differences = new Differences([]), isReference = false }: Options = {},
): void {
  describe.each(CONFIGURATIONS)('$name', (configuration) => {
    let outcomes: ReadonlyMap<string, Outcome> = new Map();

    beforeAll(async () => {
      const server = await start(configuration);
      try {
        outcomes = await runAll(server, CASES);
      } finally {
        await server.close();
      }
      if (isReference && IS_UPDATE) {
        const transcripts = CASES.map(({ name }) => [name, stepsOf(outcomes, name)] as const);
        await writeGolden(configuration, Object.fromEntries(transcripts));
      }
    }, 180_000);

    it.each(CASES)('$name', ({ name }) => {
      const steps = golden(configuration)[name] ?? [];
      expect(stepsOf(outcomes, name)).toEqual(differences.expected(name, steps, configuration));
    });

    it('has a golden transcript for these cases and no others', () => {
      expect(Object.keys(golden(configuration)).sort()).toEqual(CASES.map(({ name }) => name).sort());
    });
  });

  it('does otherwise whatever is listed as a difference', () => {
    expect(differences.unseen()).toEqual([]);
  });
}

function stepsOf(outcomes: ReadonlyMap<string, Outcome>, name: string): readonly Step[] {
  const outcome = outcomes.get(name) ?? { error: new Error('the case did not run') };
  if ('error' in outcome) throw outcome.error;
  return outcome.steps;
}
