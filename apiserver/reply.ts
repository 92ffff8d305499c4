import { randomUUID } from 'node:crypto';
import type { Answer, Call, Headers } from './exchange.js';
import { listBody, type Listed, type ListRequest, type StorageOptions } from './list.js';
import type { ListOptions } from './list-options.js';
import { without, type ApiObject } from './objects.js';
import type { Target } from './registry.js';
import { apiVersionOf } from './resources.js';
import type { RequestInfo } from './route.js';
import { ApiError } from './status.js';
import { typeOf, type Form } from './version.js';
import { startWatch } from './watch.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
const GZIPPED = { 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
/** Larger answers are compressed for who can read that (B11). */
const GZIP_FROM = 128 * 1024;

/** The answer, in the forms that API servers give it. */
export class Reply {
  readonly #call: Call;
  readonly #info: RequestInfo;
  readonly #answer: Answer;

  constructor(call: Call, info: RequestInfo, answer: Answer) {
    this.#call = call;
    this.#info = info;
    this.#answer = answer;
  }

  onClose(callback: () => void): void {
    this.#answer.onClose(callback);
  }

  /** What goes wrong is an answer too. */
  attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#error(error instanceof ApiError ? error : internal(error));
    }
  }

  text(code: number, text: string): void {
    this.#send(code, TEXT_TYPE, [Buffer.from(text)]);
  }

  json(code: number, value: unknown, headers: Headers = {}): void {
    this.#body(code, [Buffer.from(`${JSON.stringify(value)}\n`)], headers);
  }

  #error({ status }: ApiError): void {
    const { retryAfterSeconds } = status.details ?? {};
    this.json(status.code, status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });
  }

  object(code: number, object: ApiObject, { collection, version }: Target, form: Form): void {
    const { group, custom } = collection.resource;
    const { kind, metadata } = object;
    const rest = form === 'metadata' ? { metadata } : without(object, 'kind', 'apiVersion');
    this.json(code, { ...typeOf(form, kind, apiVersionOf(group, version), custom), ...rest });
  }

  list(request: ListRequest, listed: Listed): void {
    this.#body(200, listBody(request, listed), {});
  }

  watch(request: ListRequest, options: ListOptions, server: StorageOptions): void {
    const isList = options.sendInitialEvents === true || ['', '0'].includes(options.resourceVersion);
    // 1.37 compresses the watches that begin with a list, each write as a member of its own (D9).
    const headers = { ...this.#headers(JSON_TYPE), ...(isList && this.#readsGzip ? GZIPPED : {}) };
    startWatch(request, options, server, this.#answer, headers);
  }

  get #readsGzip(): boolean {
    return /\bgzip\b/.test(this.#call.header('accept-encoding') ?? '');
  }

  /** People's clients get lines that people can read. */
  get #isPretty(): boolean {
    const asked = this.#info.query.get('pretty');
    if (asked !== null) return !['false', '0'].includes(asked);
    return /^(curl|Mozilla\/5\.0|Wget)/.test(this.#call.header('user-agent') ?? '');
  }

  #body(code: number, chunks: readonly Buffer[], headers: Headers): void {
    const all = { ...JSON_TYPE, ...headers };
    if (this.#isPretty) {
      const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
      return this.#send(code, all, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);
    }
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    this.#send(code, size > GZIP_FROM && this.#readsGzip ? { ...all, ...GZIPPED } : all, chunks);
  }

  #send(code: number, headers: Headers, chunks: readonly Buffer[]): void {
    this.#answer.head(code, this.#headers(headers));
    for (const chunk of chunks) this.#answer.write(chunk);
    this.#answer.end();
  }

  #headers(headers: Headers): Headers {
    return { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', ...headers };
  }
}

function internal(error: unknown): ApiError {
  const message = String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
