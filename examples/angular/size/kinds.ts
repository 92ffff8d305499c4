import type * as kinds from '../node_modules/rxkube/dist/kinds/index.js';

const nothing = {} as never;

export type Deployment = kinds.Deployment;
export type Namespace = kinds.Namespace;
export type Pod = kinds.Pod;
export const Deployment: typeof kinds.Deployment = nothing;
export const Namespace: typeof kinds.Namespace = nothing;
export const Pod: typeof kinds.Pod = nothing;
