import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadAll, YAMLException } from 'js-yaml';
import { startApiServer, type ApiServer } from './api-server.js';
import { isJson, without, type Json, type ObjectInput } from './objects.js';

/** What a command prints to, and what ends it. */
export interface CommandIO {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The server ends when it is aborted. */
  readonly signal: AbortSignal;
}

/** A test holds it to package.json. */
const VERSION = '0.1.0';

const HELP = `Usage: rxkube-apiserver [options]

Runs an API server on 127.0.0.1, for tests and demonstrations, until it is interrupted.

  --port N           where it listens (default: any port that is free)
  --no-tls           HTTP/1.1 without TLS (default: HTTP/2 or HTTP/1.1 with TLS)
  --kubeconfig FILE  where its kubeconfig is written; it must not be there yet (default: a temporary file)
  --load FILE        objects that are there from the start, as YAML or JSON, any number of documents; can be repeated
  --history N        so many changes of each resource are remembered (default: 10000)
  --no-watch-cache   as kube-apiserver with --watch-cache=false
  --no-watch-list    as kube-apiserver without the feature gate WatchList
  --help             this
  --version          ${VERSION}

The kubeconfig can be read by its owner only, and is removed at the end. Its token is the admin's: with it, POST /faults and
POST /faults/now make the server fail.
`;

/**
 * Runs `rxkube-apiserver` until `io.signal` is aborted.
 *
 * @returns its exit code: 0; 2 for arguments with which it cannot start; 1 for what else can go wrong, such as a port that is taken. It
 * never rejects.
 */
export async function runCommand(args: readonly string[], { out, err, signal }: CommandIO): Promise<number> {
  try {
    const options = parse(args);
    if (options.help || options.version) {
      out(options.help ? HELP : `${VERSION}\n`);
      return 0;
    }
    await using server = await start(options);
    using kubeconfig = kubeconfigOf(server, options.kubeconfig);
    out(`The API server is at ${server.url}\nexport KUBECONFIG=${quoted(kubeconfig.path)}\n`);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  } catch (error) {
    err(`rxkube-apiserver: ${messageOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What the user said cannot be. */
class UsageError extends Error {}

interface Options {
  readonly port: string;
  readonly 'no-tls': boolean;
  readonly kubeconfig?: string;
  readonly load: readonly string[];
  readonly history: string;
  readonly 'no-watch-cache': boolean;
  readonly 'no-watch-list': boolean;
  readonly help: boolean;
  readonly version: boolean;
}

function parse(args: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        'no-tls': flag,
        kubeconfig: { type: 'string' },
        load: { type: 'string', multiple: true, default: [] },
        history: { type: 'string', default: '10000' },
        'no-watch-cache': flag,
        'no-watch-list': flag,
        help: flag,
        version: flag,
      },
    }).values;
  } catch (error) {
    // What follows its first sentence is about arguments that are no options; there are none here.
    throw new UsageError(`${messageOf(error).split('. ')[0] ?? ''}; see --help`);
  }
}

async function start(options: Options): Promise<ApiServer> {
  const objects = options.load.flatMap((file) => objectsIn(file));
  try {
    return await startApiServer({
      port: integer('port', options.port),
      tls: !options['no-tls'],
      history: integer('history', options.history),
      watchCache: !options['no-watch-cache'],
      watchList: !options['no-watch-list'],
      objects,
    });
  } catch (error) {
    // A port that is taken, or not for everybody.
    if (error instanceof Error && 'syscall' in error) throw error;
    throw new UsageError(messageOf(error));
  }
}

function integer(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be an integer, got ${JSON.stringify(text)}`);
}

function objectsIn(file: string): ObjectInput[] {
  let documents: readonly unknown[];
  try {
    documents = loadAll(readFileSync(file, 'utf8'));
  } catch (error) {
    // The parser's own message quotes the file, which may have a Secret in it.
    const why =
      error instanceof YAMLException ? `not valid YAML (line ${(error.mark?.line ?? 0) + 1})` : messageOf(error);
    throw new UsageError(`--load ${file}: ${why}`);
  }
  return documents.flatMap((document, index) => {
    // A separator with nothing behind it.
    if (document === null || document === undefined) return [];
    const objects = isJson(document) && document['kind'] === 'List' ? document['items'] : [document];
    if (!Array.isArray(objects) || !objects.every((object) => isObject(object)))
      throw new UsageError(`--load ${file}: document ${index + 1} is not an object with apiVersion, kind and metadata`);
    // Of a file that `kubectl get -o yaml` wrote; here they get new ones.
    return objects.map((object) => ({ ...object, metadata: without(object.metadata, 'resourceVersion') }));
  });
}

function isObject(value: unknown): value is ObjectInput & { readonly metadata: Json } {
  return (
    isJson(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isJson(value['metadata'])
  );
}

function kubeconfigOf(server: ApiServer, file: string | undefined): Disposable & { readonly path: string } {
  if (file === undefined) return { path: server.kubeconfigPath, [Symbol.dispose]: () => undefined };
  const path = resolve(file);
  try {
    // One that is there already would be lost, and may be somebody's.
    writeFileSync(path, server.kubeconfig, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new UsageError(`--kubeconfig ${file}: ${messageOf(error)}`);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
