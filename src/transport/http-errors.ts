import { WatchError, type Status } from '../errors.js';
import { isJsonObject, parseJson } from './json.js';
import type { HttpResponse } from './request.js';

/** The parts of a `v1.Status` that a client acts on; undefined for anything else. */
export function readStatus(value: unknown): Status | undefined {
  if (!isJsonObject(value) || value['kind'] !== 'Status') return undefined;
  const { message, reason, code, details } = value;
  return {
    ...(typeof message === 'string' && { message: withoutTokens(message) }),
    ...(typeof reason === 'string' && { reason }),
    ...(typeof code === 'number' && { code }),
    ...(isJsonObject(details) && { details: readDetails(details) }),
  };
}

function readDetails({ kind, name, retryAfterSeconds, causes }: Readonly<Record<string, unknown>>): Details {
  return {
    ...(typeof kind === 'string' && { kind }),
    ...(typeof name === 'string' && { name }),
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    ...(Array.isArray(causes) && {
      causes: causes.filter(isJsonObject).map(({ reason, message, field }) => ({
        ...(typeof reason === 'string' && { reason }),
        ...(typeof message === 'string' && { message: withoutTokens(message) }),
        ...(typeof field === 'string' && { field }),
      })),
    }),
  };
}

type Details = NonNullable<Status['details']>;

/** A Status that came as an `ERROR` frame, or in place of what was asked for; anything may come as one (D8). */
export function statusError(request: string, value: unknown): WatchError {
  const status = readStatus(value);
  const retryAfter = retryAfterOf(status);
  return new WatchError(
    describe(request, status?.message ?? 'an error without a message', status?.code, status?.reason),
    { kind: 'status', status, retryAfter },
  );
}

/**
 * An answer that is not the one asked for, as an error.
 *
 * @param request for the message: `list pods in namespace "default"`.
 * @param body as much of it as was read.
 * @param now the time, for a Retry-After that is a date.
 */
export function responseError(request: string, response: HttpResponse, body: string, now: number): WatchError {
  const code = response.status;
  const status = readStatus(parseJson(body));
  const retryAfter = retryAfterOfHeader(response, now) ?? retryAfterOf(status);
  const gateway = status === undefined && isGateway(response, body);
  const words =
    status?.message ?? textOf(response, body) ?? (gateway ? foreign(response) : 'refused without a message');
  return new WatchError(describe(request, words, code, status?.reason), {
    kind: gateway ? 'gateway' : 'status',
    code,
    status,
    retryAfter,
  });
}

/** A 2xx with something else than JSON in it, such as a login page (C16). A server that names no type is taken at its word. */
export function isJson(response: HttpResponse): boolean {
  const type = response.header('content-type');
  return type === undefined || /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(type);
}

/**
 * Whatever the environment rejects with, as an error of the watch. The message has the words of the whole chain of causes, as the
 * outer ones say nothing (`fetch failed`), without anything that might be a credential.
 */
export function connectionError(request: string, error: unknown): WatchError {
  if (error instanceof WatchError) return named(request, error);
  const words = [...new Set(wordsOf(error, 0))].join(': ') || 'the connection broke';
  const cause = isTelltale(error, 0) ? undefined : error;
  return new WatchError(`${request}: ${redact(words).slice(0, MAX_QUOTE)}`, { kind: 'connection', cause });
}

/** A parser's error has what the server sent as a property, which may be a Secret, and a log shows properties. */
function isTelltale(error: unknown, depth: number): boolean {
  if (depth === MAX_CAUSES || typeof error !== 'object' || error === null) return false;
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  return 'data' in error || (Array.isArray(errors) ? errors : [cause]).some((each) => isTelltale(each, depth + 1));
}

/** A client knows the host and what failed, but not what was asked. */
function named(request: string, error: WatchError): WatchError {
  if (error.message.startsWith(request)) return error;
  const { kind, code, status, retryAfter, cause } = error;
  return new WatchError(`${request}: ${error.message}`, { kind, code, status, retryAfter, cause });
}

function* wordsOf(error: unknown, depth: number): Generator<string> {
  if (depth === MAX_CAUSES || typeof error !== 'object' || error === null) return;
  const { message, code, cause, errors } = error as Partial<Record<'message' | 'code' | 'cause' | 'errors', unknown>>;
  const text = typeof message === 'string' ? message : '';
  const word = typeof code === 'string' && !text.includes(code) ? code : '';
  if (text !== '' || word !== '') yield [text, word && (text === '' ? word : `(${word})`)].filter(Boolean).join(' ');
  // A host with several addresses fails with one error for each.
  for (const each of Array.isArray(errors) ? errors : [cause]) yield* wordsOf(each, depth + 1);
}

function redact(text: string): string {
  return text.replace(/\/\/[^\s/?#]*@/g, '//').replace(/\b(Bearer|Basic)\s+[^\s"',]+/gi, '$1 …');
}

/** Some say the request back, and with it the credentials. Words such as "invalid bearer token" are none. */
function withoutTokens(text: string): string {
  return text.replace(/\b(Bearer|Basic) +(?=[\w.~+/=-]*[\d=])[\w.~+/=-]{8,}/gi, '$1 …');
}

function describe(request: string, words: string, code: number | undefined, reason: string | undefined): string {
  const marks = [code, reason].filter((mark) => mark !== undefined && mark !== '');
  return `${request}: ${words.slice(0, MAX_QUOTE)}${marks.length === 0 ? '' : ` (${marks.join(' ')})`}`;
}

/**
 * An API server explains 4xx as a Status or as text, panics with a text 500 and answers 503 with a Status. Anything
 * else above 499 comes from in front of it, and so does every 2xx and 3xx that is an error.
 */
function isGateway(response: HttpResponse, body: string): boolean {
  const { status } = response;
  return status < 400 || status > 500 || (status === 500 && isHtml(response, body));
}

function foreign(response: HttpResponse): string {
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(response.header('content-type') ?? '');
  return `not an answer of an API server${type === null ? '' : ` but ${type[0]}`}`;
}

function isHtml(response: HttpResponse, body: string): boolean {
  return /html|xml/i.test(response.header('content-type') ?? '') || body.trimStart().startsWith('<');
}

/** Only plain text is quoted, on one line. JSON that is no Status and HTML are somebody's data. */
function textOf(response: HttpResponse, body: string): string | undefined {
  if (!/^\s*text\/plain\b/i.test(response.header('content-type') ?? '') || isHtml(response, body)) return undefined;
  // An answer must not write lines of its own into a log.
  const text = body
    .slice(0, MAX_QUOTE)
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  return text === '' ? undefined : withoutTokens(text);
}

function retryAfterOf(status: Status | undefined): number | undefined {
  const seconds = status?.details?.retryAfterSeconds;
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000;
}

/** Milliseconds; the header has seconds or a date. A date is compared with the server's own clock where it says it. */
function retryAfterOfHeader(response: HttpResponse, now: number): number | undefined {
  const header = response.header('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const then = Date.parse(header);
  if (Number.isNaN(then)) return undefined;
  const there = Date.parse(response.header('date') ?? '');
  return Math.max(0, then - (Number.isNaN(there) ? now : there));
}

/** client-go keeps as much of an error body. */
const MAX_QUOTE = 2048;
const MAX_CAUSES = 5;
