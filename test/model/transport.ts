import { asyncScheduler, Observable, timer, type Subscriber } from 'rxjs';
import { WatchError } from '../../src/errors.js';
import type { KubernetesObject } from '../../src/events.js';
import type { Kind } from '../../src/kind.js';
import type { ListPage, WatchFrame } from '../../src/protocol/messages.js';
import { createFrameDecoder } from '../../src/transport/decoder.js';
import { isJson, responseError } from '../../src/transport/http-errors.js';
import { readListPage } from '../../src/transport/list-page.js';
import type { HttpResponse } from '../../src/transport/request.js';
import type { ResourceApi } from '../../src/transport/resource-api.js';
import { listPath, resourceScope, watchPath, type ResourceOptions } from '../../src/transport/url.js';
import type { ModelServer } from './server.js';

const HEADERS_WITHIN = 30_000;
const LIST_SILENCE = 90_000;

/** The seam, by way of the library's own URLs, decoder and error mapping; only the promises between them and a socket are left out. */
export function modelApi<T extends KubernetesObject>(
  server: ModelServer,
  kind: Kind<T>,
  options: ResourceOptions,
): ResourceApi<T> {
  const scope = resourceScope(kind, options);
  return {
    list: (params) =>
      exchange<ListPage<T>>(server, `list ${scope.label}`, listPath(scope, params), (subscriber, name) => {
        const parts: Uint8Array[] = [];
        return {
          chunk: (bytes) => void parts.push(bytes),
          end: () => {
            const text = Buffer.concat(parts).toString();
            if (text.trim() === '') throw new WatchError(`${name}: empty`, { kind: 'gateway' });
            subscriber.next(readListPage(text, name, kind, false));
            subscriber.complete();
          },
        };
      }),
    watch: (params) =>
      exchange<WatchFrame<T>>(server, `watch ${scope.label}`, watchPath(scope, params), (subscriber, name) => {
        const decoder = createFrameDecoder<T>({ request: name });
        const deliver = (frames: Iterable<WatchFrame<T>>): void => {
          for (const frame of frames) {
            subscriber.next(frame);
            if (frame.type === 'ERROR') subscriber.complete();
            if (subscriber.closed) return;
          }
        };
        subscriber.next({ type: 'OPEN' });
        return {
          chunk: (bytes) => deliver(decoder.push(bytes)),
          end: () => {
            deliver(decoder.end());
            subscriber.complete();
          },
        };
      }),
  };
}

interface Body {
  readonly chunk: (bytes: Uint8Array) => void;
  readonly end: () => void;
}

function exchange<R>(
  server: ModelServer,
  name: string,
  url: string,
  open: (subscriber: Subscriber<R>, name: string) => Body,
): Observable<R> {
  return new Observable<R>((subscriber) => {
    let body: Body | undefined;
    const fail = (error: unknown): void => subscriber.error(error);
    const guarded = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };
    const late = timer(HEADERS_WITHIN).subscribe(() => fail(new WatchError(`${name}: late`, { kind: 'timeout' })));
    subscriber.add(late);
    const abort = server.request(url, {
      head: (status, headers) => {
        late.unsubscribe();
        if (name.startsWith('list')) {
          subscriber.add(
            timer(LIST_SILENCE).subscribe(() => fail(new WatchError(`${name}: silent`, { kind: 'timeout' }))),
          );
        }
        const response: HttpResponse = { status, header: (one) => headers[one], body: NOTHING };
        const isGood = status >= 200 && status < 300 && isJson(response);
        body = isGood ? open(subscriber, name) : refused(subscriber, name, response);
      },
      chunk: (bytes) => guarded(() => body?.chunk(bytes)),
      end: () => guarded(() => body?.end()),
      broken: (why) => fail(new WatchError(`${name}: ${why}`, { kind: 'connection' })),
    });
    subscriber.add(abort);
  });
}

function refused<R>(subscriber: Subscriber<R>, name: string, response: HttpResponse): Body {
  const parts: Uint8Array[] = [];
  return {
    chunk: (bytes) => void parts.push(bytes),
    end: () => subscriber.error(responseError(name, response, Buffer.concat(parts).toString(), asyncScheduler.now())),
  };
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
