import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { startApiServer, type ApiServer } from '../../apiserver/index.ts';
import { startGateway, type Gateway } from '../../examples/browser/gateway.ts';
import { fromKubeconfig } from '../../examples/browser/kubeconfig.ts';

const CONFIG_MAPS = '/k8s/api/v1/namespaces/default/configmaps';

type Access = Parameters<typeof startGateway>[0]['apiServer'];

async function start(
  accessOf: (server: ApiServer) => Access | Promise<Access> = (server) => server,
): Promise<{ server: ApiServer; gateway: Gateway }> {
  const site = await mkdtemp(join(tmpdir(), 'rxkube-site-'));
  await writeFile(join(site, 'index.html'), 'the page');
  const server = await startApiServer();
  const gateway = await startGateway({ apiServer: await accessOf(server), site });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    await server.close();
    await rm(site, { recursive: true });
  });
  return { server, gateway };
}

async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<IncomingMessage> {
  const [answer] = (await once(request(url, options).end(), 'response')) as [IncomingMessage];
  return answer;
}

it('serves the files of the site, and its index.html under any other path', async () => {
  const { gateway } = await start();
  for (const path of ['/', '/namespaces/default']) expect(await text(await ask(gateway.url + path))).toBe('the page');
});

it.each<[string, (server: ApiServer) => Access | Promise<Access>]>([
  ['its token', (server) => server],
  ['the credentials of a kubeconfig', ({ kubeconfigPath }) => fromKubeconfig(kubeconfigPath)],
])('passes on what is asked of the API server, with %s', async (_, accessOf) => {
  const { server, gateway } = await start(accessOf);
  server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
  const answer = await ask(`${gateway.url}${CONFIG_MAPS}?limit=1`);
  expect(JSON.parse(await text(answer))).toMatchObject({ items: [{ metadata: { name: 'a' } }] });
});

it.each<[string, string | undefined, string | undefined, string]>([
  ['is not there', '/nowhere/config', undefined, 'no such file'],
  ['does not have the context', undefined, 'other', 'the kubeconfig has no context "other"'],
])('does not start with a kubeconfig that %s', async (_, path, context, message) => {
  const server = await startApiServer();
  onTestFinished(() => server.close());
  await expect(fromKubeconfig(path ?? server.kubeconfigPath, context)).rejects.toThrow(message);
});

it('answers a watch before its first frame, and passes each on as it comes', async () => {
  const { server, gateway } = await start();
  const answer = await ask(`${gateway.url}${CONFIG_MAPS}?watch=true&resourceVersion=${server.resourceVersion}`);
  for (const name of ['a', 'b']) {
    server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const [frame] = (await once(answer, 'data')) as [Buffer];
    expect(JSON.parse(frame.toString())).toMatchObject({ type: 'ADDED', object: { metadata: { name } } });
  }
});

it('breaks an answer off where the API server does', async () => {
  const { server, gateway } = await start();
  const answer = await ask(`${gateway.url}${CONFIG_MAPS}?watch=true&resourceVersion=${server.resourceVersion}`);
  server.cut();
  await expect(text(answer)).rejects.toThrow('aborted');
});

it('says 502 when the API server does not answer', async () => {
  const { server, gateway } = await start();
  server.refuse();
  expect((await ask(gateway.url + CONFIG_MAPS)).statusCode).toBe(502);
});

it.each([
  ['writes', { method: 'DELETE' }, 405],
  ['is another page', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['is a page of another port', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
  ['asks for another host', { headers: { host: 'rebound.example' } }, 421],
])('refuses who %s', async (_, options, status) => {
  const { server, gateway } = await start();
  expect((await ask(gateway.url + CONFIG_MAPS, options)).statusCode).toBe(status);
  expect(server.requests).toEqual([]);
});

it('closes while a watch is open', async () => {
  const { server, gateway } = await start();
  const answer = await ask(`${gateway.url}${CONFIG_MAPS}?watch=true&resourceVersion=${server.resourceVersion}`);
  await gateway[Symbol.asyncDispose]();
  await expect(text(answer)).rejects.toThrow('aborted');
});
