import { gzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';
import { clientOf, closeAll, list, send, server } from '../../test/fixtures/client.js';
import type { Handler } from '../../test/fixtures/servers.js';

afterEach(closeAll);

const gzipped = (answer: (write: (bytes: Uint8Array) => void, end: () => void) => void): Handler => {
  return (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    answer(
      (bytes) => response.write(bytes),
      () => response.end(),
    );
  };
};

it('B11 reads a list that is compressed although nobody asked for it', async () => {
  const { url } = await server(
    gzipped((write, end) => {
      write(gzipSync('whole'));
      end();
    }),
  );
  expect(await list(clientOf(url))).toBe('whole');
});

it('hands over each member of a watch as it comes (D9)', async () => {
  let next = (): void => undefined;
  const { url } = await server(
    gzipped((write, end) => {
      write(gzipSync('first\n'));
      next = () => {
        write(gzipSync('second\n'));
        next = end;
      };
    }),
  );
  const seen: string[] = [];
  for await (const chunk of (await send(clientOf(url), '/watch').response).body) {
    seen.push(Buffer.from(chunk).toString());
    next();
  }
  expect(seen).toEqual(['first\n', 'second\n']);
});

it('says that what is cut short is cut short', async () => {
  const { url } = await server(
    gzipped((write, end) => {
      write(gzipSync('whole '.repeat(100)).subarray(0, 20));
      end();
    }),
  );
  await expect(list(clientOf(url))).rejects.toMatchObject({ kind: 'connection' });
});

it('says that what is not compressed is not', async () => {
  const { url } = await server(
    gzipped((write, end) => {
      write(Buffer.from('whole'));
      end();
    }),
  );
  await expect(list(clientOf(url))).rejects.toMatchObject({ kind: 'connection' });
});

it.each(['return', 'abort', 'never read'])('lets go of a compressed watch: %s', async (how) => {
  const { url, open } = await server(gzipped((write) => write(gzipSync('open\n'))));
  const { response, abort } = send(clientOf(url), '/watch');
  const body = (await response).body[Symbol.asyncIterator]();
  if (how !== 'never read') {
    await body.next();
    const pending = body.next().catch((error: unknown) => error);
    if (how === 'return') await body.return?.();
    else abort.abort(new Error('enough'));
    await pending;
  }
  abort.abort(new Error('enough'));
  await vi.waitFor(() => expect(open.size).toBe(0));
});

it('holds no more than a little of what claims to be much', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const { url } = await server(gzipped((write) => write(bomb)));
  const { response } = send(clientOf(url), '/watch');
  const body = (await response).body[Symbol.asyncIterator]();
  const before = process.memoryUsage().arrayBuffers;
  await body.next();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});
