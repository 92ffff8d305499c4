import { setTimeout } from 'node:timers/promises';
import { concatMapByObject, distinctByObject, generationOf, watch$, type ChangeOf } from 'rxkube';
import { Deployment } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { catchError, defer, EMPTY, retry } from 'rxjs';

/** In place of work that takes a second and may fail. */
async function reconcile({ type, object: { metadata, spec } }: ChangeOf<Deployment>): Promise<string> {
  await setTimeout(1_000);
  if (spec.replicas === 0) throw new Error(`${metadata.name} has no replicas`);
  return `${metadata.name} is done: ${type}, ${spec.replicas} replicas`;
}

watch$(connect().resource(Deployment, { namespace: 'shop' }))
  .pipe(
    distinctByObject(generationOf),
    concatMapByObject(
      (change) =>
        defer(() => reconcile(change)).pipe(
          retry({ count: 2, delay: 200 }),
          catchError((error: unknown) => {
            console.error(`given up: ${String(error)}`);
            return EMPTY;
          }),
        ),
      { concurrent: 10 },
    ),
  )
  .subscribe({ next: console.log, error: console.error });
