import { isDeploymentAvailable, waitFor, watch$ } from 'rxkube';
import { Deployment } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { firstValueFrom, timeout } from 'rxjs';

const web = connect().resource(Deployment, { namespace: 'shop', name: 'web' });

const rolledOut$ = watch$(web).pipe(waitFor(isDeploymentAvailable), timeout(60_000));
const deployment = await firstValueFrom(rolledOut$);
console.log('rolled out:', deployment?.status?.availableReplicas, 'replicas');
