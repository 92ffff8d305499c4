import { appliedObjects, customResource, watch$, type Policy } from 'rxkube';
import { connect } from 'rxkube/node';

const Backup = customResource()({ group: 'example.com', version: 'v1', plural: 'backups', kind: 'Backup' });

/** Not permitted yet (403), or not defined yet (404). Everything else as the watch would do it by itself: `retryIn` can be Infinity. */
const untilItIsThere: Policy = ({ error, retryIn }) => {
  if (error.code !== 403 && error.code !== 404) return retryIn;
  console.log('not yet:', error.code);
  return 2_000;
};

watch$(connect().resource(Backup), { retry: untilItIsThere })
  .pipe(appliedObjects())
  .subscribe({
    next: ({ metadata }) => console.log(metadata.name),
    error: (error: unknown) => {
      console.error('it is over:', error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  });
