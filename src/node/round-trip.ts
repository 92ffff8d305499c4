import type { Dispatcher } from 'undici';
import type { HttpRequest, HttpResponse } from '../transport/request.js';
import { BodyQueue } from './body-queue.js';
import type { Security } from './security.js';

/** What is sent, complete with credentials, and over which kind of connection. */
export interface Outgoing {
  readonly path: string;
  readonly verb: HttpRequest['verb'];
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly security: Security;
}

/** Whoever makes a round trip. */
export interface Carrier {
  /** It is over, however it ended: its place is free. */
  release(trip: RoundTrip): void;
}

/**
 * One request and its response. It knows nothing of connections, so that it can be taken from one to another until it is on the wire;
 * its carrier tells it what happens there.
 *
 * It settles at once when it is aborted, wherever it is: undici itself lets an aborted request wait until its connection is there.
 */
export class RoundTrip {
  readonly outgoing: Outgoing;
  readonly response: Promise<HttpResponse>;
  carrier: Carrier | undefined;
  /** Which of several tries to send it counts; the carrier's. */
  leg: symbol | undefined;
  #stage: 'waiting' | 'sent' | 'answered' | 'over' = 'waiting';
  #lost = false;
  #controller: Dispatcher.DispatchController | undefined;
  readonly #body: BodyQueue;
  #resolve!: (response: HttpResponse) => void;
  #reject!: (error: Error) => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;

  constructor(outgoing: Outgoing, signal: AbortSignal) {
    this.outgoing = outgoing;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#body = new BodyQueue({
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
      cancel: () => this.fail(new Error('the rest of the answer is not wanted')),
    });
    this.#signal = signal;
    this.#onAbort = () => this.fail(reasonOf(signal));
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** Whether it has not left yet: the server cannot have seen it. */
  get waiting(): boolean {
    return this.#stage === 'waiting';
  }

  get over(): boolean {
    return this.#stage === 'over';
  }

  /** It is on the wire. */
  sent(controller: Dispatcher.DispatchController): void {
    this.#stage = 'sent';
    this.#controller = controller;
  }

  /**
   * Its connection was lost before it was sent, or the server said that it did not look at it (GOAWAY), so it may be made again.
   *
   * @returns false when it is too late for that, or the second time: a server may do so for ever.
   */
  unsent(): boolean {
    if (this.#lost || this.#stage === 'answered' || this.#stage === 'over') return false;
    this.#lost = true;
    this.#stage = 'waiting';
    this.#controller = undefined;
    return true;
  }

  answered(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (this.#stage !== 'sent') return;
    this.#stage = 'answered';
    const header = (name: string): string | undefined => {
      const value = headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    this.#resolve({ status, header, body: this.#body });
  }

  data(chunk: Uint8Array): void {
    if (this.#stage === 'answered') this.#body.push(chunk);
  }

  ended(): void {
    if (this.#stage !== 'answered') return;
    this.#finish();
    this.#body.end();
  }

  /** What broke it off. The body is read to where it broke. */
  broke(error: Error): void {
    if (this.#stage === 'over') return;
    this.#finish();
    this.#reject(error);
    this.#body.end(error);
  }

  /** Breaks it off from this side. Nothing more of the body is read. */
  fail(error: Error): void {
    if (this.#stage === 'over') return;
    this.#finish();
    this.#reject(error);
    this.#body.drop(error);
    this.#controller?.abort(error);
  }

  /** Before anybody hears of it, so that what they do next finds the place free. */
  #finish(): void {
    this.#stage = 'over';
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.carrier?.release(this);
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
