import { describe, expect, it } from 'vitest';
import { WatchError } from '../errors.js';
import { connectionError, isJson, readStatus, responseError } from './http-errors.js';
import type { HttpResponse } from './request.js';

const request = 'list pods in namespace "default"';
const NOW = Date.parse('2026-01-01T00:00:00Z');

function respond(status: number, headers: Record<string, string> = {}): HttpResponse {
  return { status, header: (name) => headers[name.toLowerCase()], body: { [Symbol.asyncIterator]: never } };
}
function never(): never {
  throw new Error('the body is not read here');
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const HTML = { 'content-type': 'text/html' };
const error = (status: number, headers: Record<string, string>, body = ''): WatchError =>
  responseError(request, respond(status, headers), body, NOW);

describe('an error answer of an API server', () => {
  it('says who may not do what, in the words of its Status (C9)', () => {
    const message =
      'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "default"';
    const body = JSON.stringify({
      kind: 'Status',
      metadata: {},
      message,
      reason: 'Forbidden',
      details: { kind: 'pods' },
      code: 403,
    });
    expect(error(403, JSON_TYPE, body)).toMatchObject({
      message: `list pods in namespace "default": ${message} (403 Forbidden)`,
      kind: 'status',
      code: 403,
      reason: 'Forbidden',
      status: { message, reason: 'Forbidden', code: 403, details: { kind: 'pods' } },
      retryAfter: undefined,
    });
  });

  it('L20 may be pretty-printed, as for browsers', () => {
    const body = JSON.stringify(
      { kind: 'Status', message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
      null,
      2,
    );
    expect(error(401, JSON_TYPE, body)).toMatchObject({
      code: 401,
      message: `${request}: Unauthorized (401 Unauthorized)`,
    });
  });

  it('B4 has its causes', () => {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
    const body = JSON.stringify({
      kind: 'Status',
      reason: 'Timeout',
      details: { causes, retryAfterSeconds: 1 },
      code: 504,
    });
    expect(error(504, { ...JSON_TYPE, 'retry-after': '1' }, body)).toMatchObject({
      kind: 'status',
      status: { details: { causes } },
      retryAfter: 1000,
    });
  });

  it.each([
    ['C10 a type that is gone', 404, '404 page not found\n', '404 page not found (404)'],
    [
      'F7 too much at once',
      429,
      'Too many requests, please try again later.\n',
      'Too many requests, please try again later. (429)',
    ],
    ['a panic', 500, 'This request caused apiserver to panic.', 'This request caused apiserver to panic. (500)'],
  ])('%s is said in plain text', (_, status, body, words) => {
    expect(error(status, TEXT, body)).toMatchObject({ kind: 'status', code: status, message: `${request}: ${words}` });
  });

  it('may have nothing to say', () => {
    expect(error(405, {})).toMatchObject({ kind: 'status', message: `${request}: refused without a message (405)` });
  });
});

describe('somebody else in place of the API server', () => {
  it.each([
    [
      502,
      HTML,
      '<html><title>502 Bad Gateway</title>canary</html>',
      'not an answer of an API server but text/html (502)',
    ],
    [503, TEXT, 'upstream connect error or\r\ndisconnect', 'upstream connect error or disconnect (503)'],
    [504, {}, '', 'not an answer of an API server (504)'],
    [500, HTML, '<h1>canary</h1>', 'not an answer of an API server but text/html (500)'],
    [520, {}, 'canary', 'not an answer of an API server (520)'],
    [302, HTML, 'canary', 'not an answer of an API server but text/html (302)'],
    [200, HTML, '', 'not an answer of an API server but text/html (200)'],
  ])('%d is a gateway', (status, headers, body, words) => {
    expect(error(status, headers, body)).toMatchObject({
      kind: 'gateway',
      code: status,
      message: `${request}: ${words}`,
    });
  });

  it('C15 a 503 with a Status is the API server itself', () => {
    const body = '{"kind":"Status","message":"apiserver is shutting down","reason":"ServiceUnavailable","code":503}';
    expect(error(503, { ...JSON_TYPE, 'retry-after': '1' }, body)).toMatchObject({ kind: 'status', retryAfter: 1000 });
  });

  it.each([
    ['HTML', HTML, '<html>canary'],
    ['HTML that calls itself text', TEXT, ' <html>canary'],
    ['JSON that is no Status', JSON_TYPE, '{"error":"canary"}'],
    ['text of no type', {}, 'canary'],
  ])('%s is not quoted', (_, headers, body) => {
    expect(error(403, headers, body).message).toBe(`${request}: refused without a message (403)`);
  });

  it('text is quoted on one line and not at length', () => {
    const { message } = error(400, TEXT, `a\nb\u001b[31m\u0000c${'x'.repeat(9000)}`);
    expect(message).toMatch(/: a b \[31m cx+ \(400\)$/);
    expect(message.length).toBeLessThan(2200);
  });
});

describe('C7 Retry-After', () => {
  it.each([
    ['seconds', { 'retry-after': '7' }, '', 7000],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, '', 30_000],
    [
      'a date, by the clock of the server',
      { 'retry-after': 'Thu, 01 Jan 2026 01:00:30 GMT', date: 'Thu, 01 Jan 2026 01:00:00 GMT' },
      '',
      30_000,
    ],
    ['a date that has passed', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, '', 0],
    ['the details of the Status', {}, '{"kind":"Status","details":{"retryAfterSeconds":3}}', 3000],
    ['nonsense', { 'retry-after': 'soon' }, '', undefined],
    ['nothing', {}, '', undefined],
  ])('%s', (_, headers, body, expected) => {
    expect(error(429, headers, body).retryAfter).toBe(expected);
  });
});

it('readStatus takes the parts that it knows, if they are what they should be', () => {
  expect(
    readStatus({
      kind: 'Status',
      message: 1,
      reason: {},
      code: '410',
      details: { causes: [null, { reason: 1, field: 'f' }] },
    }),
  ).toEqual({
    details: { causes: [{ field: 'f' }] },
  });
  expect(readStatus({ kind: 'Pod', code: 410 })).toBeUndefined();
  expect(readStatus([])).toBeUndefined();
});

it.each([
  ['application/json', true],
  ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', true],
  ['Application/JSON ; charset=utf-8', true],
  ['application/vnd.example+json', true],
  ['application/jsonp', false],
  ['application/vnd.kubernetes.protobuf', false],
  ['text/html', false],
  ['', false],
  [undefined, true],
])('C16, D12 isJson(%j) is %s', (type, expected) => {
  expect(isJson(respond(200, type === undefined ? {} : { 'content-type': type }))).toBe(expected);
});

describe('a failure of the connection', () => {
  it('has the words of the whole chain', () => {
    const refused = (address: string): Error =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' });
    const several = Object.assign(new AggregateError([refused('::1:6443'), refused('127.0.0.1:6443')]), {
      code: 'ECONNREFUSED',
    });
    const error = connectionError(request, new TypeError('fetch failed', { cause: several }));
    expect(error).toMatchObject({ kind: 'connection', code: undefined });
    expect(error.message).toBe(
      `${request}: fetch failed: ECONNREFUSED: connect ECONNREFUSED ::1:6443: connect ECONNREFUSED 127.0.0.1:6443`,
    );
    expect(
      connectionError(request, Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })).message,
    ).toBe(`${request}: other side closed (UND_ERR_SOCKET)`);
  });

  it('has no credentials', () => {
    const cause = new Error('Failed to parse URL from https://user:canary@k8s/api?a=b, header Bearer canary.x-y_z');
    expect(connectionError(request, cause).message).toBe(
      `${request}: Failed to parse URL from https://k8s/api?a=b, header Bearer …`,
    );
  });

  it.each([[undefined], ['a string'], [{}], [null]])('may be anything: %j', (thrown) => {
    expect(connectionError(request, thrown)).toMatchObject({
      kind: 'connection',
      message: `${request}: the connection broke`,
    });
  });

  it('does not follow causes in a circle', () => {
    const error: Error & { cause?: unknown } = new Error('round');
    error.cause = error;
    expect(connectionError(request, error).message).toBe(`${request}: round`);
  });

  it('keeps its kind where the client has classified it, and says what was asked', () => {
    const error = new WatchError('the token file is gone', { kind: 'credentials' });
    const named = connectionError(request, error);
    expect(named).toMatchObject({ kind: 'credentials', message: `${request}: the token file is gone` });
    expect(connectionError(request, named)).toBe(named);
  });
});
