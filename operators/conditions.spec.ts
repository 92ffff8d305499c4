import { filter, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { thing } from '../test/double.js';
import { record } from '../test/events.js';
import {
  hasCondition,
  isCrdEstablished,
  isDeleted,
  isDeploymentAvailable,
  isJobComplete,
  isPodReady,
  isPodRunning,
  type Conditions,
  type Replicas,
  type WithStatus,
} from './conditions.js';

const { metadata } = thing('a', 1);
const leaving = { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };

/** An object with one condition. */
function having(type: string, status = 'True', observedGeneration?: number): WithStatus<Conditions> {
  return {
    metadata,
    status: {
      conditions: [
        { type: 'Other', status: 'True' },
        { type, status, observedGeneration },
      ],
    },
  };
}

/** A Deployment of two replicas in its third generation. */
function deployment(status: Replicas | undefined, spec: { replicas?: number } = { replicas: 2 }) {
  return { metadata: { ...metadata, generation: 3 }, spec, status };
}

const done = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

describe('hasCondition', () => {
  it.each([
    ['True', having('Ready'), true],
    ['False', having('Ready', 'False'), false],
    ['Unknown', having('Ready', 'Unknown'), false],
    ['not there', having('Initialized'), false],
    ['of no status', { metadata }, false],
    ['of a status without conditions', { metadata, status: {} }, false],
    ['of a new CustomResourceDefinition', { metadata, status: { conditions: null } }, false],
    ['of an object that is being deleted', { ...having('Ready'), metadata: leaving }, true],
    ['of nothing', undefined, false],
  ])('%s', (_, object, expected) => {
    expect(hasCondition('Ready')(object)).toBe(expected);
  });

  it('asks for another status', () => {
    expect(hasCondition('Ready', 'False')(having('Ready', 'False'))).toBe(true);
    expect(hasCondition('Ready', 'False')(having('Ready'))).toBe(false);
    expect(hasCondition('Ready', 'False')(undefined)).toBe(false);
  });

  it.each([
    ['of the present generation', 3, undefined, true],
    ['of a former generation', 2, undefined, false],
    ['of a former generation, in a newer status', 2, 3, false],
    ['of a status of a former generation', undefined, 2, false],
    ['of a status of the present generation', undefined, 3, true],
    ['of who knows when', undefined, undefined, true],
  ])('%s', (_, observed, observedByStatus, expected) => {
    const { status } = having('Ready', 'True', observed);
    const object = {
      metadata: { ...metadata, generation: 3 },
      status: { ...status, observedGeneration: observedByStatus },
    };
    expect(hasCondition('Ready')(object)).toBe(expected);
  });
});

describe('isPodRunning', () => {
  it.each([
    ['Running', { metadata, status: { phase: 'Running' } }, true],
    ['Pending', { metadata, status: { phase: 'Pending' } }, false],
    ['Succeeded', { metadata, status: { phase: 'Succeeded' } }, false],
    ['Running, but being deleted', { metadata: leaving, status: { phase: 'Running' } }, false],
    ['of no status', { metadata }, false],
    ['nothing', undefined, false],
  ])('%s', (_, pod, expected) => {
    expect(isPodRunning(pod)).toBe(expected);
  });

  it('is a predicate of filter', () => {
    const pods = ['Pending', 'Running'].map((phase) => ({ metadata, status: { phase } }));
    expect(record(of(...pods).pipe(filter(isPodRunning))).values).toEqual([pods[1]]);
  });
});

describe.each([
  [isPodReady, 'Ready', false],
  [isCrdEstablished, 'Established', false],
  [isJobComplete, 'Complete', true],
])('%o', (isMet, type, whileLeaving) => {
  it.each([
    [`${type}: True`, having(type), true],
    [`${type}: False`, having(type, 'False'), false],
    ['another condition', having('Failed'), false],
    ['being deleted', { ...having(type), metadata: leaving }, whileLeaving],
    ['nothing', undefined, false],
  ])('%s', (_, object, expected) => {
    expect(isMet(object)).toBe(expected);
  });
});

describe('isDeploymentAvailable', () => {
  it.each([
    ['rolled out', deployment(done), true],
    ['a change that its controller has not seen', deployment({ ...done, observedGeneration: 2 }), false],
    ['replicas to be updated', deployment({ ...done, updatedReplicas: 1 }), false],
    ['old replicas to go', deployment({ ...done, replicas: 3 }), false],
    ['replicas to become available', deployment({ ...done, availableReplicas: 1 }), false],
    ['none available: the number is not there', deployment({ ...done, availableReplicas: undefined }), false],
    ['surplus replicas to go', deployment(done, { replicas: 1 }), false],
    ['scaled to none', deployment({ observedGeneration: 3 }, { replicas: 0 }), true],
    [
      'one replica, by default',
      deployment({ ...done, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, {}),
      true,
    ],
    ['of no status', deployment(undefined), false],
    ['being deleted', { ...deployment(done), metadata: { ...leaving, generation: 3 } }, false],
    ['nothing', undefined, false],
  ])('%s', (_, object, expected) => {
    expect(isDeploymentAvailable(object)).toBe(expected);
  });
});

describe('isDeleted', () => {
  it.each([
    ['nothing', undefined, 'uid-a', true],
    ['the object', thing('a', 2), 'uid-a', false],
    ['the object, being deleted', { metadata: leaving }, 'uid-a', false],
    ['another object of its name', thing('a', 2, 'another'), 'uid-a', true],
    ['nothing, of any uid', undefined, undefined, true],
    ['an object, of any uid', thing('a', 2), undefined, false],
  ])('%s', (_, object, uid, expected) => {
    expect(isDeleted(uid)(object)).toBe(expected);
  });
});
