import type { Scenario } from '../scenario.ts';
import { ACCESS } from './access.ts';
import { ANSWERS } from './answers.ts';
import { mixed } from './mixed.ts';
import { PATH } from './path.ts';
import { SERVER } from './server.ts';

/** In this order; those with the same flags of the server come together. */
export function scenarios(minutes: number): Scenario[] {
  return [...PATH, ...ANSWERS, ...ACCESS, ...SERVER, mixed(minutes)];
}
