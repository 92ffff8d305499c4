/** What the application imports of rxkube, without anything in it: `npm run size` builds with this instead. */
import { NEVER } from 'rxjs';
import type * as rxkube from '../node_modules/rxkube/dist/src/index.js';

const nothing = (() => NEVER) as never;
const operator = (() => nothing) as never;

export const fetchCluster: typeof rxkube.fetchCluster = () => ({ id: '', resource: nothing });
export const watch$: typeof rxkube.watch$ = nothing;
export const watchEach: typeof rxkube.watchEach = nothing;
export const byLabelSelector: typeof rxkube.byLabelSelector = nothing;
export const connectionState: typeof rxkube.connectionState = operator;
export const joinBy: typeof rxkube.joinBy = operator;
export const mapObjects: typeof rxkube.mapObjects = operator;
export const shareWatch: typeof rxkube.shareWatch = operator;
export const snapshots: typeof rxkube.snapshots = operator;

export type * from '../node_modules/rxkube/dist/src/index.js';
