import { changes, shareWatch, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { concat, ignoreElements, map, merge, timer } from 'rxjs';

const pods$ = watch$(connect().resource(Pod, { namespace: 'shop' })).pipe(shareWatch());

const follow = (who: string) =>
  pods$.pipe(
    changes(),
    map(({ type, object }) => `${who}: ${object.metadata.name} ${type}`),
  );
const late$ = concat(timer(2_000).pipe(ignoreElements()), follow('late'));

merge(follow('early'), late$).subscribe({ next: console.log, error: console.error });
