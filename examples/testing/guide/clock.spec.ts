import { watch$ } from 'rxkube';
import { ManualClock, startApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { expect, it } from 'vitest';
import { follow } from './follow.ts';

it('hears once a minute how far the server is', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  await using server = await startApiServer({ clock });
  const seen = follow(watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap)));
  await seen(({ type }) => type === 'initDone');

  const { metadata } = server.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' } });
  clock.advance(60_000);
  await seen((event) => event.type === 'bookmark' && event.resourceVersion === metadata.resourceVersion);

  expect(metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z');
});
