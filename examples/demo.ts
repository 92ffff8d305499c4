/**
 * A live view of one kind of object: `npm start`.
 *
 * Without flags it starts an API server in this process, with a workload on it, and offers faults at a key press. With `--context` or
 * `--kubeconfig` it shows a real cluster.
 */
import { Command } from 'commander';
import { chooseTarget } from './demo/target.ts';
import { runDemo } from './demo/run.ts';

interface Options {
  readonly kind: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

const options = new Command('npm start --')
  .description('Shows the objects of one kind, live, and what happens to the connection.')
  .option('-k, --kind <name>', 'as kubectl names it: pods, deploy, widgets.example.com', 'pods')
  .option('-n, --namespace <name>', 'only this namespace')
  .option('--context <name>', 'show a cluster of your kubeconfig, instead of the one that is made up')
  .option('--kubeconfig <file>', 'show the cluster of this kubeconfig')
  .parse()
  .opts<Options>();

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
// Whoever reads has gone; that ends the demo, and what is still said to nobody is no error.
process.stdout.on('error', () => ending.abort());

try {
  await using target = await chooseTarget(options);
  await runDemo({ ...target, output: process.stdout, input: process.stdin, signal: ending.signal });
} catch (error) {
  console.error(oneLine(error));
  process.exitCode = 1;
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}
