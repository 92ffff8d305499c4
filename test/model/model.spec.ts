import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { Input, State, Transition } from '../../src/protocol/state.js';
import { cases } from './case.js';
import { Rows } from './rows.js';
import { runCase } from './run-case.js';

/** How many cases, and from which seed. `npm test` plays the same ones each time; `npm run test:model -- --runs 100000` others. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 2_000);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_122);
/** Rare rows of the table need many cases. */
const ENOUGH_FOR_ALL_ROWS = 20_000;
/** Where the long run wants its figures. */
const FIGURES = process.env['MODEL_FIGURES'];

type Count = (state: State, input: Input, transition: Transition) => void;
const rows = vi.hoisted((): { count: Count | undefined } => ({ count: undefined }));

// Each decision of the core is counted on its way.
vi.mock(import('../../src/protocol/step.js'), async (importOriginal) => {
  const core = await importOriginal();
  return {
    ...core,
    step: ((state: State, input: Input) => {
      const transition = core.step(state, input);
      rows.count?.(state, input, transition);
      return transition;
    }) as typeof core.step,
  };
});

it(`the invariants hold in ${RUNS} random histories with random faults`, { timeout: 3_600_000 }, () => {
  const counted = new Rows();
  rows.count = (state, input, transition) => counted.count(state, input, transition);
  const figures = { runs: 0, events: 0, requests: 0, rollbacks: 0, voids: 0 };
  const property = fc.property(cases, (one) => {
    const { events, requests, rollbacks, voids } = runCase(one);
    figures.runs++;
    figures.events += events;
    figures.requests += requests;
    figures.rollbacks += rollbacks;
    figures.voids += voids;
  });
  fc.assert(property, { numRuns: RUNS, seed: SEED });
  if (FIGURES !== undefined) writeFileSync(FIGURES, JSON.stringify({ ...figures, rows: [...counted.counts] }));
  if (RUNS >= ENOUGH_FOR_ALL_ROWS) expect(counted.missing(), 'rows of the table that were not visited').toEqual([]);
});
