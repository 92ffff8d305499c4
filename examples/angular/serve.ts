/** Serves the application that was built: `npm start -- --pods 10000` with a made-up cluster, `npm start -- --context staging` with yours. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { startApiServer } from 'rxkube/apiserver';
import { startGateway, type GatewayOptions } from '../browser/gateway.ts';
import { startEmbedded } from '../demo/embedded.ts';
import { oneLine } from '../shared/text.ts';
import { change, populate } from './population.ts';

interface Options {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly port: number;
  readonly pods?: number;
  readonly changes: number;
}

const command = new Command('npm start --')
  .description('Serves the application, with a made-up cluster or one of yours.')
  .option('--context <name>', 'a cluster of your kubeconfig, instead of the one that is made up')
  .option('--kubeconfig <file>', 'the cluster of this kubeconfig')
  .option('--port <number>', 'where it is served', number, 4280)
  .addOption(
    new Option('--pods <number>', 'a big cluster with so many pods, instead of a small one with a life of its own')
      .argParser(number)
      .conflicts(['context', 'kubeconfig']),
  )
  .option('--changes <number>', 'so many changes of the pods of a big cluster a second', number, 100)
  .parse();

const options = command.opts<Options>();
const site = `${import.meta.dirname}/dist`;
try {
  const { url } = await startGateway({ apiServer: await chosen(options), site, port: options.port });
  console.log(`The application is at ${url}`);
} catch (error) {
  command.error(`error: ${oneLine(error)}`);
}

async function chosen({ context, kubeconfig, pods, changes }: Options): Promise<GatewayOptions['apiServer']> {
  if (context !== undefined || kubeconfig !== undefined) {
    const { fromKubeconfig } = await import('../browser/kubeconfig.ts'); // it takes a second to load
    return fromKubeconfig(kubeconfig, context);
  }
  return pods === undefined ? small() : big(pods, changes);
}

async function small(): Promise<GatewayOptions['apiServer']> {
  const { server, workload } = await startEmbedded();
  workload.start();
  return server;
}

async function big(pods: number, changes: number): Promise<GatewayOptions['apiServer']> {
  const server = await startApiServer();
  populate(server, pods);
  change(server, changes);
  return server;
}

function number(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
