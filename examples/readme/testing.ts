import { changes, watch$ } from 'rxkube';
import { startApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const server = await startApiServer();
const watching = watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap))
  .pipe(changes())
  .subscribe({ next: (change) => console.log(change.type, change.object.metadata.name), error: console.error });

server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'green' } });
server.inject({ fault: 'cut', verb: 'watch', at: { frames: 2 } }); // the connection breaks after two frames of the next watch
await new Promise((resolve) => setTimeout(resolve, 3_000));

watching.unsubscribe();
await server.close();
