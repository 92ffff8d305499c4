import { describe, expect, it } from 'vitest';
import { WatchError } from '../errors.js';
import { connectionError } from './connection-errors.js';

const failure = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('an error of a connection', () => {
  it.each([
    ['ECONNREFUSED', 'connection', 'ECONNREFUSED host:6443: the connection was refused'],
    ['ECONNRESET', 'connection', 'ECONNRESET host:6443: the connection was reset'],
    ['ENOTFOUND', 'connection', 'ENOTFOUND host:6443: there is no such host'],
    ['UND_ERR_SOCKET', 'connection', 'UND_ERR_SOCKET host:6443: the connection was closed'],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'connection',
      "DEPTH_ZERO_SELF_SIGNED_CERT host:6443: the server's certificate is self-signed",
    ],
    ['ETIMEDOUT', 'timeout', 'ETIMEDOUT host:6443: nobody answers any more'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'UND_ERR_CONNECT_TIMEOUT host:6443: words'],
    ['ESOMETHING', 'connection', 'ESOMETHING host:6443: words'],
  ])('%s', (code, kind, message) => {
    const cause = failure(code, 'words');
    expect(connectionError(cause, 'host:6443')).toMatchObject({ name: 'WatchError', kind, message, cause });
  });

  it('has a code where a host has several addresses, although no words', () => {
    const all = Object.assign(new AggregateError([failure('ECONNREFUSED')]), { code: 'ECONNREFUSED' });
    expect(connectionError(all, 'host:1').message).toBe('ECONNREFUSED host:1: the connection was refused');
  });

  it('may be anything', () => {
    expect(connectionError(undefined, 'host:1')).toMatchObject({
      message: 'host:1: the connection broke',
      kind: 'connection',
    });
    expect(connectionError(new Error('words'), 'host:1').message).toBe('host:1: words');
  });

  it('stays what it is when somebody has named it already', () => {
    const error = new WatchError('no sign of life', { kind: 'timeout' });
    expect(connectionError(error, 'host:1')).toBe(error);
  });

  it("does not keep what shows the server's bytes", () => {
    const parser = Object.assign(failure('HPE_INVALID', 'bad'), { data: 'secret' });
    expect(connectionError(parser, 'host:1').cause).toBeUndefined();
  });
});
