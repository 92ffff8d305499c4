import { existsSync } from 'node:fs';
import { distinctUntilChanged, fromEvent, map, timer } from 'rxjs';
import { constant, watch$ } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const [maintenance = 'maintenance'] = process.argv.slice(2);
console.log(`touch ${maintenance}: pauses; rm ${maintenance}: resumes; kill -HUP ${process.pid}: tries at once`);

watch$(connect().resource(ConfigMap), {
  pauseWhile: timer(0, 500).pipe(
    map(() => existsSync(maintenance)),
    distinctUntilChanged(),
  ),
  wakeOn: fromEvent(process, 'SIGHUP'),
  retry: constant(10 * 60_000),
}).subscribe({
  next: (event) => {
    if (event.type === 'apply') console.log('apply', event.object.metadata.name);
    else if (event.type !== 'initApply') console.log(event.type);
  },
  error: console.error,
});
