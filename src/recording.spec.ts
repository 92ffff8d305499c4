import { describe, expect, it } from 'vitest';
import {
  frames,
  gone,
  logged,
  marbles,
  page,
  refusal,
  scripted,
  thing,
  type Script,
  type Thing,
} from '../test/double.js';
import { recorded, type RecordingOptions } from './recording.js';
import { watch$ } from './watch.js';

const secret = {
  ...thing('a', 1),
  apiVersion: 'v1',
  kind: 'Thing',
  data: { password: 'canary' },
  metadata: {
    ...thing('a', 1).metadata,
    labels: { app: 'web' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'canary' },
    managedFields: [{ manager: 'canary' }],
  },
};
const sent = { o: frames.open, a: frames.added(secret), m: frames.marker(2), g: frames.error(gone) };

/** The lines that a watch of `script` writes in 100 ms. */
function linesOf(script: Script, options?: RecordingOptions<Thing>): unknown[] {
  const lines: unknown[] = [];
  logged(watch$(recorded(scripted(script), (line) => lines.push(JSON.parse(line)), options)), 100);
  return lines;
}

describe('recorded', () => {
  it(
    'writes the source, then each request, what it brought, and how it ended',
    marbles(({ cold, flush }) => {
      const lines = linesOf({
        watches: [cold('-(oam)-g', sent), cold('-#', sent, refusal(400, 'BadRequest'))],
        lists: [cold('--(p|)', { p: page(5, []) })],
      });
      flush();
      expect(lines).toEqual([
        { recording: 1, kind: expect.objectContaining({ id: 'things' }) as unknown, cluster: 'test', from: 'things' },
        {
          request: 1,
          at: 0,
          ask: 'watch',
          params: { resourceVersion: '', timeoutSeconds: 1800, sendInitialEvents: true },
        },
        { request: 1, at: 1, next: { type: 'OPEN' } },
        {
          request: 1,
          at: 1,
          next: {
            type: 'ADDED',
            object: {
              apiVersion: 'v1',
              kind: 'Thing',
              metadata: {
                ...thing('a', 1).metadata,
                labels: { app: 'web' },
                annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '' },
              },
            },
          },
        },
        { request: 1, at: 1, next: { type: 'BOOKMARK', kind: 'Thing', resourceVersion: '2', initialEventsEnd: true } },
        {
          request: 1,
          at: 7,
          next: {
            type: 'ERROR',
            error: {
              message: 'Expired (410)',
              kind: 'status',
              code: 410,
              status: { code: 410, reason: 'Expired', message: 'Expired' },
            },
          },
        },
        { request: 1, at: 7, end: 'unsubscribed' },
      ]);
    }),
  );

  it(
    'writes nothing of an object but type and metadata, and what it is told to keep',
    marbles(({ cold, flush }) => {
      const script = {
        lists: [cold('--(p|)', { p: page(5, [secret]) })],
        watches: [cold('-#', sent, refusal(400, 'BadRequest')), cold('-(oa)', sent)],
      };
      const lines = linesOf(script);
      const kept = linesOf(script, { keep: ({ metadata }) => ({ spec: metadata.name }) });
      flush();
      expect(JSON.stringify(lines)).not.toContain('canary');
      expect(JSON.stringify(lines)).toContain('last-applied-configuration');
      expect(JSON.stringify(kept)).toContain('"spec":"a"');
    }),
  );

  it(
    'changes nothing for who watches it, and passes on what `write` throws',
    marbles(({ cold, flush }) => {
      const plain = logged(watch$(scripted({ watches: [cold('-(oam)', sent)] })), 100);
      const watched = logged(watch$(recorded(scripted({ watches: [cold('-(oam)', sent)] }), () => undefined)), 100);
      let written = 0;
      const full = (): void => {
        if (++written === 4) throw new Error('no space left');
      };
      const failing = logged(watch$(recorded(scripted({ watches: [cold('-(oam)', sent)] }), full)), 100);
      flush();
      expect(watched.log).toEqual(plain.log);
      expect(failing.log).toEqual(['0 init start', '1 error no space left']);
    }),
  );
});
