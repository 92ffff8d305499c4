/**
 * What is reported in a cluster, or in some of its namespaces, as it comes.
 *
 *     npm run example -- event-feed --context staging -n shop -n payments
 */
import { styleText } from 'node:util';
import { bufferTime, concatMap, filter, groupBy, map, mergeMap, throttleTime, timer } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { changes, watchEach } from 'rxkube';
import { Event } from 'rxkube/kinds';
import { age } from './demo/columns.ts';
import { command, duration, several, type CommonOptions } from './shared/command.ts';
import { run } from './shared/run.ts';
import { sayFailures } from './shared/screen.ts';
import { oneLine } from './shared/text.ts';

interface Options extends CommonOptions {
  readonly namespace?: readonly string[];
  readonly since?: number;
}

const options = command('event-feed', 'Shows the events of a cluster as they come.')
  .option('-n, --namespace <name>', 'only the events of this namespace; can be repeated (default: all)', several)
  .option('--since <duration>', 'of those that are there already, only the last ones (default: 5m)', duration)
  .parse()
  .opts<Options>();

/** What repeats is said every so many ms, and what was said is remembered for so many. */
const REPEATED = 10_000;
const REMEMBERED = 60_000;

await run(options, (cluster) => {
  const start = Date.now() - (options.since ?? duration('5m'));
  const scopes =
    options.namespace === undefined ? [{}] : [...new Set(options.namespace)].map((namespace) => ({ namespace }));
  // A watch for each namespace, as one stream: whoever may not see all of the cluster's may still see these.
  return watchEach(scopes.map((scope) => cluster.resource(Event, scope))).pipe(
    sayFailures(),
    // Events are objects that are kept for an hour. What a relist brings again is no change, what was missed meanwhile is one.
    changes(),
    filter(({ type }) => type !== 'deleted'),
    map(({ object }) => object),
    // Whoever begins to look is not told all of the last hour.
    filter((event) => Date.parse(timeOf(event)) >= start),
    inOrderOfTime(),
    withoutRepeats(),
    map(lineOf),
  );
});

/** A list is in the order of names. What comes within a moment is told in the order of time. */
function inOrderOfTime(): MonoTypeOperatorFunction<Event> {
  return (events) =>
    events.pipe(
      bufferTime(200),
      concatMap((moment) => moment.toSorted((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)))),
    );
}

/** A repeat counts up an event, and some reporters make a new one for it. It is said at once, and then only every so often. */
function withoutRepeats(): MonoTypeOperatorFunction<Event> {
  return (events) =>
    events.pipe(
      // A duration made of the repeats themselves would hold on to the watch when all else is unsubscribed.
      groupBy(subjectOf, { duration: () => timer(REMEMBERED) }),
      mergeMap((repeats) => repeats.pipe(throttleTime(REPEATED, undefined, { leading: true, trailing: true }))),
    );
}

/** Old reporters say it in one place, new ones in another. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: Event): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
}

function countOf({ series, count }: Event): number {
  return series?.count ?? count ?? 1;
}

function subjectOf({ involvedObject: { kind, namespace, name }, type, reason, message }: Event): string {
  return JSON.stringify([kind, namespace, name, type, reason, message]);
}

function lineOf(event: Event): string {
  const { involvedObject, type, reason = '', message = '' } = event;
  const { kind = '', namespace, name } = involvedObject;
  const count = countOf(event);
  const line = [
    age(timeOf(event), Date.now()).padStart(5),
    `${type === 'Warning' ? '!' : ' '} ${oneLine(reason).padEnd(18)}`,
    oneLine(`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${message}`),
    count > 1 ? `(×${count})` : '',
  ]
    .join('  ')
    .trimEnd();
  return type === 'Warning' ? styleText('yellow', line) : line;
}
