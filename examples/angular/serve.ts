/** Serves the application that was built, and a made-up cluster for it: `npm start -- --pods 10000`. */
import { Command, InvalidArgumentError } from 'commander';
import { startApiServer } from 'rxkube/apiserver';
import { startGateway, type GatewayOptions } from '../browser/gateway.ts';
import { startEmbedded } from '../demo/embedded.ts';
import { change, populate } from './population.ts';

interface Options {
  readonly port: number;
  readonly pods?: number;
  readonly changes: number;
}

const options = new Command('npm start --')
  .description('Serves the application and a made-up cluster.')
  .option('--port <number>', 'where it is served', number, 4280)
  .option('--pods <number>', 'a big cluster with so many pods, instead of a small one with a life of its own', number)
  .option('--changes <number>', 'so many changes of the pods of a big cluster a second', number, 100)
  .parse()
  .opts<Options>();

const apiServer = options.pods === undefined ? await small() : await big(options.pods, options.changes);
const site = `${import.meta.dirname}/dist`;
const { url } = await startGateway({ apiServer, site, port: options.port });
console.log(`The application is at ${url}`);

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
