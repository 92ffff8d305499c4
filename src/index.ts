export { WatchError, type Status, type WatchErrorInit, type WatchErrorKind } from './errors.js';
export type * from './events.js';
export { customResource, type Kind, type ResourceNames } from './kind.js';
export type { Observation, Policy, WatchOptions } from './options.js';
export type { Source } from './source.js';
export { watch$ } from './watch.js';
