import { distinctUntilChanged, map } from 'rxjs';
import { backoffWith, connectionState, exponential, giveUpAfter, watch$ } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const patient = exponential({ min: 1_000, max: 60_000 });

watch$(connect().resource(ConfigMap))
  .pipe(
    // Nobody there: asking costs next to nothing. A server that answers with errors is given time.
    backoffWith((failure) => (failure.error.kind === 'connection' ? 500 : patient(failure))),
    giveUpAfter({ attempts: 4, failingFor: 15 * 60_000 }),
    connectionState(),
    map(({ phase, attempt, error }) =>
      error ? `${phase}: ${error.code ?? error.kind}, failure ${attempt ?? 1}` : phase,
    ),
    distinctUntilChanged(),
  )
  .subscribe({
    next: (line) => console.log(line),
    error: (error: unknown) => {
      console.error('gave up:', error instanceof Error ? error.message : error);
      process.exitCode = 1; // whoever started this process may have better luck with another one
    },
  });
