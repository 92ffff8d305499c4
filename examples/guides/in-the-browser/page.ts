import { fetchCluster, snapshots, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { resting } from './resting.ts';

const state = document.body.appendChild(document.createElement('p'));
const list = document.body.appendChild(document.createElement('ul'));
const cluster = fetchCluster({ url: '/k8s' }); // one for the page: its watches share what they learn of the server

watch$(cluster.resource(Pod, { namespace: 'default' }), resting)
  .pipe(snapshots({ every: 200, errorAsValue: true }))
  .subscribe({
    next: ({ phase, error, items }) => {
      state.textContent = error === undefined ? phase : `${phase}: ${error.message}`;
      list.replaceChildren(...items.map(rowOf));
    },
    error: console.error, // a bug of this page: what fails otherwise is a value with the phase `failed`
  });

function rowOf({ metadata, status }: Pod): HTMLElement {
  const row = document.createElement('li');
  row.textContent = `${metadata.name} ${status?.phase ?? ''}`; // as text: whoever may create a pod has chosen what is in it
  return row;
}
