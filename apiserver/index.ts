/**
 * An API server for tests and demos that can be broken on demand.
 *
 * @packageDocumentation
 */

export { startApiServer } from './api-server.js';
export type { ApiServer, ApiServerOptions, ObjectReference, RequestRecord } from './api-server.js';
export type { Verdict } from './api.js';
export { ManualClock } from './clock.js';
export type { Clock } from './clock.js';
export type { At, Fault, Injection, Which } from './faults.js';
export type { ApiObject, ObjectInput, ObjectLike, ObjectMeta } from './objects.js';
export type { RequestInfo, Verb } from './route.js';
export type { Snapshot } from './storage.js';
