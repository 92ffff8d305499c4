import { changes, constant, watch$ } from 'rxkube';
import { startApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { share } from 'rxjs';
import { it } from 'vitest';
import { follow } from './follow.ts';

const a = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

it('learns of a deletion that the server has forgotten', async () => {
  await using server = await startApiServer({ objects: [a] });
  const source = connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap);
  const events = watch$(source, { retry: constant(100) }).pipe(share());
  const told = follow(events.pipe(changes()));
  const seen = follow(events);
  await told(({ type }) => type === 'added');

  const restarted = server.restart(200); // down for 200 ms: what happens meanwhile is in no watch cache
  server.delete(a);
  await restarted;

  await seen((event) => event.type === 'init' && event.cause === 'expired'); // the 410
  await told(({ type }) => type === 'deleted');
});
