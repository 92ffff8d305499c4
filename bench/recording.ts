import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The body of a streaming list as kube-apiserver served it: `ADDED` frames, the marking bookmark, then `MODIFIED` frames. */
export const RECORDING = new URL('./recorded/pods.jsonl.gz', import.meta.url);

/** One recorded pod: its state when it was listed, and every later one. As text in latin1: a character is a byte. */
interface Recorded {
  readonly name: string;
  readonly uid: string;
  readonly listed: string;
  readonly changes: string[];
}

/** Frames as they are on the wire, without their newline. */
export function splitFrames(body: string): { type: string; object: string }[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^\{"type":"([A-Z]+)","object":(.*)\}$/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not a frame: ${line.slice(0, 80)}`);
      return { type: match[1], object: match[2] };
    });
}

/** An item of a list is the same bytes without its type (B1). */
export function listItem(object: string): string {
  const type = '"kind":"Pod","apiVersion":"v1",';
  if (!object.startsWith(`{${type}`)) throw new Error(`not a pod: ${object.slice(0, 80)}`);
  return `{${object.slice(type.length + 1)}`;
}

function readRecording(): Recorded[] {
  const pods = new Map<string, Recorded>();
  for (const { type, object } of splitFrames(gunzipSync(readFileSync(RECORDING)).toString('latin1'))) {
    if (type === 'BOOKMARK') continue;
    const { name, uid } = (JSON.parse(object) as { metadata: { name: string; uid: string } }).metadata;
    const pod = pods.get(uid);
    if (pod === undefined) pods.set(uid, { name, uid, listed: object, changes: [] });
    else pod.changes.push(object);
  }
  return [...pods.values()];
}

/** Recorded bytes with gaps where name, uid and resourceVersion were. */
type Template = readonly (Buffer | 'name' | 'uid' | 'resourceVersion')[];

interface Templates {
  readonly pod: Recorded;
  readonly frame: Template;
  readonly item: Template;
  readonly changes: readonly Template[];
}

function templateOf(text: string, { name, uid }: Recorded): Template {
  const version = /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? '';
  return text.split(new RegExp(`(${name}|${uid}|(?<="resourceVersion":")${version}(?="))`)).map((part) => {
    if (part === name) return 'name';
    if (part === uid) return 'uid';
    return part === version ? 'resourceVersion' : Buffer.from(part, 'latin1');
  });
}

/** As many pods as are wanted, made of the recorded ones: their bytes stay what a server sends, only identity differs. */
export class Replica {
  readonly #pods: readonly Templates[];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.#pods = readRecording().map((pod) => ({
      pod,
      frame: templateOf(`{"type":"ADDED","object":${pod.listed}}\n`, pod),
      item: templateOf(listItem(pod.listed), pod),
      changes: pod.changes.map((object) => templateOf(`{"type":"MODIFIED","object":${object}}\n`, pod)),
    }));
  }

  /** The resourceVersion of the list: everything in it is older. */
  get resourceVersion(): number {
    return FIRST_VERSION + this.#size;
  }

  /** Frame by frame, the initial state in a watch. */
  *frames(): Generator<Buffer> {
    for (let i = 0; i < this.#size; i++) yield this.#render(this.#recorded(i).frame, i, FIRST_VERSION + i);
  }

  /** One object at a time, the initial state in a list. */
  *items(from: number, to: number): Generator<Buffer> {
    for (let i = from; i < Math.min(to, this.#size); i++) {
      yield this.#render(this.#recorded(i).item, i, FIRST_VERSION + i);
    }
  }

  /** So many changes, to every object equally often and in no order of their keys. */
  *changes(count: number): Generator<Buffer> {
    for (let n = 0; n < count; n++) {
      const i = (n * STRIDE) % this.#size;
      const { changes } = this.#recorded(i);
      const change = changes[Math.floor(n / this.#size) % changes.length];
      if (change !== undefined) yield this.#render(change, i, this.resourceVersion + 1 + n);
    }
  }

  #recorded(index: number): Templates {
    const pod = this.#pods[index % this.#pods.length];
    if (pod === undefined) throw new Error('the recording is empty');
    return pod;
  }

  #render(template: Template, index: number, version: number): Buffer {
    const { pod } = this.#recorded(index);
    const name = pod.name.slice(0, -5) + index.toString(36).padStart(5, '0');
    const uid = pod.uid.slice(0, -12) + index.toString(16).padStart(12, '0');
    return Buffer.concat(
      template.map((part) => {
        if (typeof part !== 'string') return part;
        return Buffer.from(part === 'name' ? name : part === 'uid' ? uid : String(version), 'latin1');
      }),
    );
  }
}

/** A cluster in use for a while has seven digits. */
const FIRST_VERSION = 1_000_000;
/** A prime: every multiple of it meets every object. */
const STRIDE = 7919;
