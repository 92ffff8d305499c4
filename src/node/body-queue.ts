/** How the body of a response reaches back to whoever sends it. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Uint8Array>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The body of a response between the connection that brings it and the one consumer that reads it.
 * What arrived before an error is read before it. `return()` settles at once, even while a `next()` is pending.
 */
export class BodyQueue implements AsyncIterableIterator<Uint8Array> {
  readonly #flow: Flow;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #paused = false;
  /** Set once no more chunks come. */
  #end: { error?: Error } | undefined;
  #waiting: Waiting | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return;
    const waiting = this.#take();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < MAX_BUFFERED || this.#paused) return;
    this.#paused = true;
    this.#flow.pause();
  }

  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    const waiting = this.#take();
    if (error === undefined || waiting === undefined) {
      waiting?.resolve(DONE);
      return;
    }
    this.#end = {};
    waiting.reject(error);
  }

  /** Ends it without what nobody has read yet. */
  drop(error: Error): void {
    this.#chunks.length = 0;
    this.end(error);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      if (this.#paused && this.#bytes < MAX_BUFFERED / 2) {
        this.#paused = false;
        this.#flow.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    const error = this.#end?.error;
    if (error !== undefined) {
      this.#end = {};
      return Promise.reject(error);
    }
    if (this.#end !== undefined) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#chunks.length = 0;
    const ended = this.#end !== undefined;
    this.#end = {};
    this.#take()?.resolve(DONE);
    if (!ended) this.#flow.cancel();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}

/** About what one stream may have on its way; beyond it the server has to wait (F2). */
const MAX_BUFFERED = 1024 * 1024;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
