/**
 * Marble tests of what is made of a watch, without a server.
 *
 * @packageDocumentation
 */

export type { SourceOptions, Thing, WatchTestHelpers } from './helpers.js';
export { replay } from './replay.js';
export {
  like,
  list,
  refuse,
  state,
  type Description,
  type Like,
  type List,
  type Refusal,
  type RefusalOptions,
  type State,
  type Values,
} from './values.js';
export { watchTest } from './watch-test.js';
