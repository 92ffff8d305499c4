import { describe, it } from 'vitest';
import { Deployment, Pod, Service } from '../../kinds/index.js';
import type { LabelSelector } from '../../operators/join-keys.js';
import { exists, fetchCluster, not, notExists } from '../index.js';

const cluster = fetchCluster({ url: '/k8s' });
declare const deployment: Deployment & { readonly spec: object };
declare const service: Service & { readonly spec: { readonly selector: Readonly<Record<string, string>> } };
declare const selector: LabelSelector;
declare const apps: readonly string[];

describe('labels', () => {
  it('are values, lists of values, and what the builders say', () => {
    cluster.resource(Pod, {
      labels: { app: apps, canary: notExists, tier: exists, track: not('beta', 'dev'), version: 'v1' },
    });
  });

  it('are what an object selects', () => {
    cluster.resource(Pod, { labels: deployment.spec.selector });
    cluster.resource(Pod, { labels: service.spec.selector });
    cluster.resource(Pod, { labels: selector });
  });

  it('are nothing else', () => {
    // @ts-expect-error a number is no text
    cluster.resource(Pod, { labels: { app: 3 } });
    // @ts-expect-error a number of several
    cluster.resource(Pod, { labels: { app: ['web', 3] } });
    // @ts-expect-error the builder, not called
    cluster.resource(Pod, { labels: { app: not } });
    // @ts-expect-error an operator that Kubernetes does not have
    cluster.resource(Pod, { labels: { app: { operator: 'Gt', values: ['1'] } } });
    // @ts-expect-error null selects nothing
    cluster.resource(Pod, { labels: null });
  });
});

describe('fields', () => {
  it('are values and not(…)', () => {
    cluster.resource(Pod, { fields: { 'spec.nodeName': 'a', 'status.phase': not('Running') } });
  });

  it('are nothing else', () => {
    // @ts-expect-error a field is always there
    cluster.resource(Pod, { fields: { 'spec.nodeName': exists } });
    // @ts-expect-error fields know no lists
    cluster.resource(Pod, { fields: { 'status.phase': ['Running', 'Pending'] } });
    // @ts-expect-error a boolean is a text here
    cluster.resource(Pod, { fields: { 'spec.hostNetwork': true } });
  });
});

describe('not', () => {
  it('has at least one value, each a text', () => {
    // @ts-expect-error there is none
    not();
    // @ts-expect-error a number is no text
    not('a', 3);
    // @ts-expect-error a list is no text
    not(apps);
  });
});
