// node bench/server.ts OBJECTS EVENTS: replays recorded bytes over HTTP/1.1. Its parent is told the port; on `go` it sends the events.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Replica } from './recording.ts';

const [objects = 0, events = 0] = process.argv.slice(2).map(Number);
const replica = new Replica(objects);

/** The watch that was opened last: the one that is measured. */
let watch = Promise.withResolvers<Socket>();

/** As kube-apiserver frames it over HTTP/1.1: a frame of a watch, or an item of a list, is one chunk. */
function chunk(data: Buffer): Buffer[] {
  return [Buffer.from(`${data.length.toString(16)}\r\n`), data, CRLF];
}

const CRLF = Buffer.from('\r\n');
const END = Buffer.from('0\r\n\r\n');
const HEAD = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
/** Bytes a write: enough for the socket never to run dry, few enough for the server to stay small. */
const BLOCK = 512 * 1024;

/** Renders while it sends, which takes a few µs an object: a small part of what it takes to read it. */
async function send(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  let block: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const framed = chunk(piece);
    block.push(...framed);
    bytes += piece.length;
    if (bytes < BLOCK) continue;
    await write(socket, Buffer.concat(block));
    block = [];
    bytes = 0;
  }
  await write(socket, Buffer.concat(block));
}

function write(socket: Socket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

async function answer(socket: Socket, { searchParams }: URL): Promise<void> {
  await write(socket, HEAD);
  if (searchParams.get('watch') !== 'true') {
    await send(socket, list(Number(searchParams.get('continue') ?? 0), Number(searchParams.get('limit') ?? objects)));
    await write(socket, END);
    return;
  }
  if (searchParams.get('sendInitialEvents') === 'true') {
    await send(socket, replica.frames());
    await send(socket, [marker()]);
  }
  watch.resolve(socket);
}

function* list(from: number, limit: number): Generator<Buffer> {
  const to = from + limit;
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

function marker(): Buffer {
  const metadata = {
    resourceVersion: String(replica.resourceVersion),
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  return Buffer.from(
    `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata, spec: { containers: null }, status: {} } })}\n`,
  );
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
    return send(socket, replica.changes(events)).catch(() => undefined);
  });
});
process.on('disconnect', () => process.exit());
