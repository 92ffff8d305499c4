import { isDeepStrictEqual } from 'node:util';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { startApiServer } from 'rxkube/apiserver';
import { connect } from 'rxkube/node';
import { expect, it, onTestFinished } from 'vitest';
import { replicaAlarm } from './replica-alarm.ts';

const deployment = (name: string, availableReplicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: { replicas: 2 },
  status: { availableReplicas },
});

it('is right again after a broken connection, whatever happened meanwhile', async () => {
  await using server = await startApiServer({ objects: [deployment('db', 1), deployment('web', 2)] });
  const alarm$ = new ReplaySubject<readonly string[]>(1);
  const watching = replicaAlarm(connect({ kubeconfig: server.kubeconfigPath })).subscribe(alarm$);
  onTestFinished(() => watching.unsubscribe());
  const says = (...lines: string[]) => firstValueFrom(alarm$.pipe(filter((alarm) => isDeepStrictEqual(alarm, lines))));

  await says('shop/db: 1 of 2');
  server.patch(deployment('web', 2), { status: { availableReplicas: 0 } });
  await says('shop/db: 1 of 2', 'shop/web: 0 of 2');

  const expired = server.inject({ fault: 'error', code: 410, verb: 'watch' }); // the next watch: its changes are forgotten
  server.cut();
  server.delete(deployment('db', 1));
  await says('shop/web: 0 of 2');
  expect(expired.hits).toBe(1);
});
