import { changes, eachValue, watch$ } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const configMaps = connect().resource(ConfigMap, { namespace: 'shop' });

for await (const change of eachValue(watch$(configMaps).pipe(changes()))) {
  console.log(change.type, change.object.metadata.name);
  if (change.type === 'deleted' && change.object.metadata.name === 'settings') break;
}
console.log('done');
