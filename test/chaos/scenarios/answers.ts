import { setTimeout as sleep } from 'node:timers/promises';
import { HTML, status, type Answer, type Seen } from '../gateway.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import type { Watched } from '../child.ts';
import type { WatchSetup } from '../messages.ts';

/** A server that answers is left alone longer, the longer that lasts: 0.8, 1.6, 3.2 and 6.4 s, doubled at most. */
const ANSWERED = 14;
/** Somebody else answered: as if nobody had. */
const SOON = 5;

/** The gateway answers by itself for a while, to everything that is new; what was open is reset. */
async function answering(stage: Stage, ms: number, answer: (seen: Seen) => Answer | undefined): Promise<void> {
  stage.begins(ms * 0.8);
  stage.gateway.rule = answer;
  stage.gateway.reset();
  await sleep(ms);
  stage.gateway.rule = undefined;
  stage.ends();
}

/** No request within what the server asked for, as the gateway saw it: apart from the library's own word. */
function heeded(watch: Watched, since: number): boolean {
  return watch.interruptions(since).every(({ at, error }) => {
    const floor = error.retryAfter;
    return floor === undefined || watch.requests(at + 1, at + floor - 20) === 0;
  });
}

function refusal({
  name,
  about,
  answer,
  code,
  kind,
  within,
  slice,
  retryAfter,
  relists = [],
}: {
  name: string;
  about: string;
  answer: Answer;
  code: number;
  kind: 'status' | 'gateway';
  within: number;
  slice?: boolean;
  retryAfter?: number;
  relists?: readonly string[];
}): Scenario {
  return {
    name,
    about,
    ...(slice === true && { slice }),
    gateway: true,
    within,
    relists,
    async run(stage) {
      await answering(stage, 8_000, () => answer);
      stage.expectOfAll(`told as ${kind} ${code}`, (watch) =>
        watch.interruptions(stage.began).some(({ error }) => error.code === code && error.kind === kind),
      );
      if (retryAfter !== undefined)
        stage.expectOfAll(`${retryAfter} s were asked for and kept`, (watch) => {
          const asked = watch.interruptions(stage.began).filter(({ error }) => error.retryAfter === retryAfter * 1_000);
          return asked.length > 0 && heeded(watch, stage.began);
        });
    },
  };
}

/** Known to the gateway by the time that they ask for, which no other watch does. */
const MARK = 500;
const MARKED: readonly WatchSetup[] = [
  { as: 'streaming', timeoutSeconds: { min: MARK, max: MARK } },
  { as: 'paged', initialList: 'paged', pageSize: 7, timeoutSeconds: { min: MARK, max: MARK } },
];

/** What answers in place of the API server, and what HTTP does to a response. */
export const ANSWERS: readonly Scenario[] = [
  refusal({
    name: '429',
    about: '429 with Retry-After: 3 for 8 s',
    slice: true,
    answer: status(429, 'TooManyRequests', 3),
    code: 429,
    kind: 'status',
    within: ANSWERED,
    retryAfter: 3,
  }),
  refusal({
    name: '502',
    about: "a proxy's 502 page with Retry-After: 2 for 8 s",
    answer: { status: 502, headers: { 'content-type': 'text/html', 'retry-after': '2' }, body: HTML },
    code: 502,
    kind: 'gateway',
    within: SOON,
    retryAfter: 2,
  }),
  refusal({
    name: '503',
    about: '503 of the API server with Retry-After: 2 for 8 s',
    answer: status(503, 'ServiceUnavailable', 2),
    code: 503,
    kind: 'status',
    within: ANSWERED,
    retryAfter: 2,
  }),
  refusal({
    name: '500',
    about: '500 of the API server for 8 s',
    // The third at one position leads to a list (C14).
    relists: ['stuck'],
    answer: status(500, 'InternalError'),
    code: 500,
    kind: 'status',
    within: ANSWERED,
  }),
  refusal({
    name: 'html-200',
    about: 'a login page with status 200 for 8 s',
    slice: true,
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: HTML },
    code: 200,
    kind: 'gateway',
    within: SOON,
  }),
  {
    name: 'empty-200',
    about: 'status 200 with an empty body for 10 s',
    gateway: true,
    within: ANSWERED,
    // Nothing says that the watch can go on from there: after the third it lists (F4).
    relists: ['stuck', 'restart'],
    async run(stage) {
      const before = stage.gateway.applied;
      await answering(stage, 10_000, () => ({ status: 200, body: '' }));
      stage.expect('empty answers', stage.gateway.applied - before >= 4);
      stage.expectOfAll('told as failures', (watch) => watch.interruptions(stage.began).length >= 2);
    },
  },
  {
    name: 'reset-in-frame',
    about: 'a response is reset after so many bytes, in the middle of a frame',
    slice: true,
    gateway: true,
    within: ANSWERED,
    rate: 60,
    watches: MARKED,
    requests: () => 12,
    run: (stage) => inFrame(stage, (bytes) => ({ resetAfter: bytes })),
  },
  {
    name: 'end-in-frame',
    about: 'a response ends after so many bytes as if that were all, in the middle of a frame',
    gateway: true,
    within: ANSWERED,
    rate: 60,
    watches: MARKED,
    requests: () => 12,
    async run(stage) {
      await inFrame(stage, (bytes) => ({ endAfter: bytes }));
      stage.expectOfAll('frames ended in the middle', (watch) =>
        watch.interruptions(stage.began).some(({ error }) => error.message.includes('in the middle of a frame')),
      );
    },
  },
  {
    name: 'closed-by-server',
    about: 'the server closes watches after 3 to 6 s (--min-request-timeout, as nobody asked for longer)',
    gateway: true,
    flags: { minRequestTimeout: 3 },
    within: 6,
    requests: (seconds) => 2 + seconds / 5,
    async run(stage) {
      stage.begins(15_000);
      stage.gateway.rule = ({ isWatch, query }) => {
        if (!isWatch) return undefined;
        const rest = new URLSearchParams(query);
        rest.delete('timeoutSeconds');
        return { query: rest };
      };
      stage.gateway.reset();
      await sleep(22_000);
      stage.expectOfAll('closed by the server, and no word of it', (watch) => {
        const ends = watch.notes.filter(
          ({ at, ...note }) =>
            at > stage.began &&
            note.what === 'observed' &&
            note.occurrence.type === 'end' &&
            note.occurrence.error === undefined,
        );
        return ends.length >= 2 && watch.interruptions(stage.began).length === 1;
      });
      stage.gateway.rule = undefined;
      stage.ends();
    },
  },
];

async function inFrame(stage: Stage, answer: (bytes: number) => Answer): Promise<void> {
  stage.begins(8_000);
  let chosen = 0;
  // Objects are some hundred bytes: hardly any of these falls between two frames.
  stage.gateway.rule = ({ query }) => {
    if (query.get('timeoutSeconds') !== String(MARK)) return undefined;
    chosen++;
    return answer(Math.round(stage.random.between(1, 30_000)));
  };
  stage.gateway.reset();
  await sleep(12_000);
  stage.gateway.rule = undefined;
  stage.gateway.reset();
  stage.ends();
  stage.expect(`${chosen} responses cut off`, chosen >= 4);
  stage.expectOfAll('at least twice each', (watch) => watch.interruptions(stage.began).length >= 3);
}
