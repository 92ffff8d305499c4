/**
 * A live view of one kind of object: `npm start -- --kind pods`.
 *
 * It shows the cluster of your kubeconfig; without one, a real kube-apiserver that is built and started for it (that needs Go).
 */
import { KubeConfig } from '@kubernetes/client-node';
import { Command } from 'commander';
import { changes, connectionState, snapshots, watch$ } from 'rxkube';
import { connect } from 'rxkube/node';
import { share } from 'rxjs';
import { findKind } from './live/find-kind.ts';
import { startTestServer } from './live/test-server.ts';
import { printLines, showTable } from './live/view.ts';

interface Options {
  readonly kind: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly testServer?: true;
}

const options = new Command('npm start --')
  .description('Shows the objects of one kind, live, and what happens to the connection.')
  .option('-k, --kind <name>', 'as kubectl names it: pods, deploy, widgets.example.com', 'pods')
  .option('-n, --namespace <name>', 'only this namespace')
  .option('--context <name>', 'of your kubeconfig')
  .option('--test-server', 'start a kube-apiserver for it (needs Go), even where there is a kubeconfig')
  .parse()
  .opts<Options>();

const config = await configuration(options);
const kind = await findKind(config, options.kind);
const source = connect({ kubeconfig: config }).resource(
  kind,
  options.namespace === undefined ? {} : { namespace: options.namespace },
);
const watched = watch$(source).pipe(share());

const fatal = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
};
if (process.stdout.isTTY) {
  watched.pipe(snapshots({ every: 100 })).subscribe({ next: showTable(source.from), error: fatal });
} else {
  const print = printLines(source.from);
  watched.pipe(connectionState()).subscribe({ next: print.state, error: () => undefined /* told below */ });
  watched.pipe(changes()).subscribe({ next: print.change, error: fatal });
}

async function configuration({ context, testServer }: Options): Promise<KubeConfig> {
  const found = new KubeConfig();
  if (testServer !== true) {
    try {
      connect(context === undefined ? {} : { context });
      found.loadFromDefault();
      if (context !== undefined) found.setCurrentContext(context);
      return found;
    } catch (error) {
      // Who names a context means a kubeconfig.
      if (context !== undefined || process.env['KUBECONFIG'] !== undefined) throw error;
      console.error(`${error instanceof Error ? error.message : String(error)}; starting a kube-apiserver instead`);
    }
  }
  found.loadFromString(await startTestServer());
  return found;
}
