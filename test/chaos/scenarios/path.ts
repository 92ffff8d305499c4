import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** A network fault is over within this. */
const SOON = 5;

/** Each break is a failure of its own, and the wait after it may be its end. */
const afterEach = (breaks: number): (() => number) => {
  return () => breaks + 2;
};

/** What happens to the path between a client and its server. */
export const PATH: readonly Scenario[] = [
  {
    name: 'cut',
    about: 'every connection is reset, at random moments',
    slice: true,
    within: SOON,
    requests: afterEach(6),
    run: (stage) => breakOften(stage, () => stage.proxy.cut()),
  },
  {
    name: 'closed',
    about: 'every connection is ended in order, at random moments',
    within: SOON,
    requests: afterEach(6),
    run: (stage) => breakOften(stage, () => stage.proxy.close()),
  },
  {
    name: 'cut-at-byte',
    about: 'every connection is reset after so many more bytes: in the middle of a TLS record',
    slice: true,
    within: SOON,
    rate: 60,
    requests: afterEach(5),
    async run(stage) {
      stage.begins(6_000);
      for (let n = 0; n < 5; n++) {
        const bytes = Math.round(stage.random.between(1, 6_000));
        const cut = stage.proxy.cutAfter(bytes);
        await Promise.race([cut, sleep(8_000)]);
        await sleep(stage.random.between(0, 800));
      }
      stage.proxy.cut(); // takes back a limit that was not reached
      stage.ends();
      await sleep(10);
      stage.expectOfAll('connections broke while bytes came', (watch) =>
        watch.interruptions(stage.began).some(({ error }) => error.kind === 'connection'),
      );
    },
  },
  {
    name: 'refused',
    about: 'nobody listens for 12 s',
    within: SOON,
    async run(stage) {
      stage.begins(10_000);
      await stage.proxy.refuse();
      stage.proxy.cut();
      await sleep(12_000);
      const { accepted } = stage.proxy.stats;
      stage.expectOfAll('several attempts refused', (watch) => watch.interruptions(stage.began).length >= 3);
      await stage.proxy.accept();
      stage.ends();
      stage.expect('no connection meanwhile', stage.proxy.stats.accepted === accepted);
    },
  },
  {
    name: 'half-open',
    about: 'the path freezes for 2 minutes, and no connection ends',
    within: SOON,
    // A server that forgets at the earliest after 100 changes (and 75 s) has not forgotten these: no list is due.
    rate: 0.7,
    // A connection that is never answered takes 10 s, headers up to 30 s.
    requests: (seconds) => 3 + seconds / 10,
    async run(stage) {
      stage.begins(20_000);
      stage.proxy.freeze();
      const { down } = stage.proxy.stats;
      await stage.until(
        'the dead path is noticed',
        () => stage.every((w) => w.interruptions(stage.began).length > 0),
        46,
      );
      stage.expectOfAll('noticed within 45 s, by waiting', (watch) => {
        const [first] = watch.interruptions(stage.began);
        return (
          first !== undefined && first.at - stage.began < 45_000 && ['timeout', 'connection'].includes(first.error.kind)
        );
      });
      await sleep(Math.max(0, 120_000 - (Date.now() - stage.began)));
      stage.expect('not a byte came', stage.proxy.stats.down === down);
      stage.proxy.thaw();
      stage.ends();
    },
  },
  {
    name: 'black-hole',
    about: 'what is sent is lost for 60 s; then those connections are reset',
    within: SOON,
    requests: (seconds) => 3 + seconds / 10,
    async run(stage) {
      stage.begins(10_000);
      stage.proxy.blackhole();
      const { down } = stage.proxy.stats;
      await sleep(60_000);
      stage.expectOfAll('noticed within 45 s', (watch) => {
        const [first] = watch.interruptions(stage.began);
        return first !== undefined && first.at - stage.began < 45_000;
      });
      stage.expect('not a byte came', stage.proxy.stats.down === down);
      stage.proxy.thaw();
      stage.ends();
    },
  },
  {
    name: 'slow',
    about: '4 kB a second for 15 s, less than is written',
    within: SOON,
    rate: 60,
    requests: () => 2,
    async run(stage) {
      stage.begins(10_000);
      stage.proxy.slow(4_000);
      await sleep(12_000);
      const mark = await stage.writer.mark();
      await sleep(1_000);
      stage.expect(
        'watches fell behind',
        stage.watches.some((watch) => watch.reached(mark) === undefined),
      );
      stage.proxy.slow(Infinity);
      stage.ends();
    },
  },
  {
    name: 'goaway',
    about: 'the server tells connections to go away (--goaway-chance)',
    flags: { goawayChance: 0.02 },
    within: SOON,
    rate: 20,
    requests: () => 2,
    // Many requests on the connections of the watches that stay, as each has the chance.
    comeAndGo: { shared: true, lifeMs: 60 },
    async run(stage) {
      const { accepted } = stage.proxy.stats;
      stage.begins(20_000);
      await sleep(20_500);
      stage.ends();
      // Nothing else makes a pool of 95 streams a connection open another one.
      stage.expect(
        `${stage.proxy.stats.accepted - accepted} new connections`,
        stage.proxy.stats.accepted - accepted > 3,
      );
      stage.expectOfAll('no interruption by it', (watch) => watch.interruptions(stage.began).length === 0);
    },
  },
  {
    name: 'short-watches',
    about: 'every watch is closed by the server after 2 to 4 s',
    within: SOON + 1.5,
    watches: [
      { as: 'streaming', timeoutSeconds: { min: 2, max: 2 } },
      { as: 'paged', initialList: 'paged', pageSize: 7, timeoutSeconds: { min: 2, max: 4 } },
    ],
    // One start in 5 s (F5).
    requests: (seconds) => 2 + seconds / 5,
    async run(stage) {
      stage.begins(15_000);
      // A streaming list goes on as a long watch; the one after it is short.
      stage.proxy.cut();
      await sleep(20_000);
      stage.expectOfAll(
        'watches ended properly, and went on in silence',
        (watch) => watch.count('live', stage.began) >= 3,
      );
      stage.expectOfAll('only the cut was told', (watch) => watch.interruptions(stage.began).length === 1);
      stage.ends();
    },
  },
];

async function breakOften(stage: Stage, breakPath: () => void): Promise<void> {
  const { accepted } = stage.proxy.stats;
  stage.begins();
  for (let n = 0; n < 5; n++) {
    breakPath();
    await sleep(stage.random.between(300, 1_500));
  }
  breakPath();
  stage.ends();
  await sleep(50);
  stage.expectOfAll('broken connections', (watch) =>
    watch.interruptions(stage.began).some(({ error }) => error.kind === 'connection'),
  );
  stage.expect('new connections', stage.proxy.stats.accepted > accepted);
}
