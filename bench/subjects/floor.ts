import { fetch } from 'undici';
import type { Follow, KubeObject } from './subject.ts';

interface Frame {
  readonly type: string;
  readonly object: KubeObject;
}

const STREAMING_LIST =
  '/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=&allowWatchBookmarks=true';

/** The least that a correct program in plain JavaScript can do: read, split, parse, keep. It recovers from nothing. */
export const follow: Follow = async ({ url }, { synced, changed }) => {
  const objects = new Map<string, KubeObject>();
  const { body } = await fetch(url + STREAMING_LIST);
  if (body === null) throw new Error('no body');
  let listed = false;

  const take = (line: string): void => {
    const { type, object } = JSON.parse(line) as Frame;
    if (type === 'BOOKMARK') {
      listed = true;
      synced(() => objects.values());
      return;
    }
    objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
    if (listed) changed();
  };

  let rest = NONE;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    const chunk = bytes(piece);
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      if (rest.length === 0) {
        take(chunk.utf8Slice(start, end));
      } else {
        take(bytes(Buffer.concat([rest, chunk.subarray(0, end)])).utf8Slice());
        rest = NONE;
      }
    }
    if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
  }
};

/** What `toString('utf8')` calls, and what @types/node leaves out. */
interface Utf8 {
  utf8Slice(start?: number, end?: number): string;
}

function bytes(chunk: Uint8Array): Buffer & Utf8 {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) as Buffer & Utf8;
}

const NONE = Buffer.alloc(0);
const NEWLINE = 0x0a;
