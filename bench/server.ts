// node bench/server.ts OBJECTS EVENTS: replays recorded bytes over HTTP/1.1. Its parent is told the port; on `go` it sends the events.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Replica } from './recording.ts';

const [objects = 0, events = 0] = process.argv.slice(2).map(Number);
const replica = new Replica(objects);

/** The watch that was opened last: the one that is measured. */
let watch = Promise.withResolvers<Socket>();

const CRLF = Buffer.from('\r\n');
const END = Buffer.from('0\r\n\r\n');
const HEAD = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
/** Bytes a write. */
const BLOCK = 512 * 1024;

/** As kube-apiserver frames it over HTTP/1.1: a frame of a watch, or an item of a list, is one chunk. */
function* blocksOf(pieces: Iterable<Buffer>): Generator<Buffer> {
  let block: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    block.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF);
    bytes += piece.length;
    if (bytes < BLOCK) continue;
    yield Buffer.concat(block);
    block = [];
    bytes = 0;
  }
  yield Buffer.concat(block);
}

const rendered = new Map<string, readonly Buffer[]>();

/** Rendered once and kept: whoever is measured must never wait for this process. */
async function send(socket: Socket, name: string, pieces: () => Iterable<Buffer>): Promise<void> {
  const blocks = rendered.get(name) ?? [...blocksOf(pieces())];
  rendered.set(name, blocks);
  for (const block of blocks) await write(socket, block);
}

function write(socket: Socket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

async function answer(socket: Socket, { searchParams }: URL): Promise<void> {
  await write(socket, HEAD);
  if (searchParams.get('watch') !== 'true') {
    const from = Number(searchParams.get('continue') ?? 0);
    const to = from + Number(searchParams.get('limit') ?? objects);
    await send(socket, `list ${from} to ${to}`, () => list(from, to));
    await write(socket, END);
    return;
  }
  if (searchParams.get('sendInitialEvents') === 'true') await send(socket, 'initial events', initialEvents);
  watch.resolve(socket);
}

function* list(from: number, to: number): Generator<Buffer> {
  const token = to < objects ? `"continue":"${to}",` : '';
  const version = `{${token}"resourceVersion":"${replica.resourceVersion}"}`;
  yield Buffer.from(`{"kind":"PodList","apiVersion":"v1","metadata":${version},"items":[`);
  let separator = '';
  for (const item of replica.items(from, to)) {
    yield Buffer.concat([Buffer.from(separator), item]);
    separator = ',';
  }
  yield Buffer.from(']}\n');
}

function* initialEvents(): Generator<Buffer> {
  yield* replica.frames();
  const metadata = {
    resourceVersion: String(replica.resourceVersion),
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  const object = { kind: 'Pod', apiVersion: 'v1', metadata, spec: { containers: null }, status: {} };
  yield Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}

const server = createServer((socket) => {
  let request = '';
  let turn = Promise.resolve();
  socket.setEncoding('latin1').on('data', (text: string) => {
    request += text;
    for (let end; (end = request.indexOf('\r\n\r\n')) !== -1; request = request.slice(end + 4)) {
      const url = new URL(request.split(' ', 2)[1] ?? '/', 'http://localhost');
      turn = turn.then(() => answer(socket, url)).catch(() => void socket.destroy());
    }
  });
  // Whoever has measured goes without a goodbye.
  socket.on('error', () => void socket.destroy());
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', () => {
  void watch.promise.then((socket) => {
    watch = Promise.withResolvers();
    return send(socket, 'changes', () => replica.changes(events)).catch(() => undefined);
  });
});
process.on('disconnect', () => process.exit());
