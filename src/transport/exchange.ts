import { Observable, timer, type Subscriber } from 'rxjs';
import { WatchError } from '../errors.js';
import { connectionError } from './http-errors.js';
import type { HttpClient, HttpRequest, HttpResponse } from './request.js';

/** What is asked, and how long to wait for the headers of the answer. */
interface Call extends Omit<HttpRequest, 'signal'> {
  /** For messages: `watch pods in namespace "default"`. */
  readonly name: string;
  /** Milliseconds. */
  readonly headersWithin: number;
}

/** An answer whose headers are there. */
export interface Answer<R> {
  readonly response: HttpResponse;
  readonly subscriber: Subscriber<R>;
  /** Whether nobody wants it any more: to be asked after each `await`. */
  readonly abandoned: () => boolean;
  /** The next chunk of the body; undefined at its end, and once it is abandoned. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Errors the subscriber when the promise takes longer than that. */
  readonly within: <V>(ms: number, promise: Promise<V>, late: string) => Promise<V>;
}

/**
 * Makes one request per subscription and has its answer consumed; completes when `consume` has returned. Unsubscribing, a time limit and
 * an error let go of the request wherever it is. What the client rejects with is an error of the connection; what `consume` throws is
 * passed on as it is.
 */
export function exchange<R>(
  client: HttpClient,
  { name, headersWithin, ...request }: Call,
  consume: (answer: Answer<R>) => Promise<void>,
): Observable<R> {
  return new Observable<R>((subscriber) => {
    const abort = new AbortController();
    let body: AsyncIterator<Uint8Array> | undefined;
    let finished = false;

    const abandoned = (): boolean => subscriber.closed;
    const letGo = (): void => {
      if (finished) return;
      finished = true;
      abort.abort();
      if (body !== undefined) endEarly(body);
    };
    // Before the consumer hears of it, so that its next request does not find this one in the way.
    const fail = (error: unknown): void => {
      if (abandoned()) return;
      letGo();
      subscriber.error(error);
    };
    subscriber.add(letGo);

    const within = <V>(ms: number, promise: Promise<V>, late: string): Promise<V> => {
      const limit = timer(ms).subscribe({
        complete: () => fail(new WatchError(`${name}: ${late}`, { kind: 'timeout' })),
        error: fail,
      });
      subscriber.add(limit);
      return promise.finally(() => limit.unsubscribe());
    };

    const read = async (): Promise<Uint8Array | undefined> => {
      if (abandoned() || body === undefined) return undefined;
      try {
        const next = await body.next();
        if (next.done !== true) return abandoned() ? undefined : next.value;
        finished = true;
        return undefined;
      } catch (error) {
        throw connectionError(name, error);
      }
    };

    const open = async (): Promise<HttpResponse> => {
      try {
        const requested = client.request({ ...request, signal: abort.signal });
        const response = await within(headersWithin, requested, `no answer within ${headersWithin / 1000} s`);
        body = response.body[Symbol.asyncIterator]();
        return response;
      } catch (error) {
        throw connectionError(name, error);
      }
    };

    const run = async (): Promise<void> => {
      const response = await open();
      // Too late: it was answered after all, by a client that does not heed the signal.
      if (abandoned()) {
        if (body !== undefined) endEarly(body);
        return;
      }
      await consume({ response, subscriber, abandoned, read, within });
      if (abandoned()) return;
      letGo();
      subscriber.complete();
    };
    run().catch(fail);
  });
}

/** A body that was not read to its end may hold a connection; whether it minds being left is nobody's business any more. */
function endEarly(body: AsyncIterator<Uint8Array>): void {
  const ended = async (): Promise<unknown> => body.return?.();
  ended().catch(() => undefined);
}
