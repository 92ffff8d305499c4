import { describe, expect, it } from 'vitest';
import { route } from './route.js';

/** What a request is about, in one line: verb, group/version, resource/subresource, namespace:name. */
function about(method: string, url: string): string {
  const info = route(method, url);
  if (info === undefined) return 'nothing';
  const { verb, group, version, resource, subresource, namespace, name } = info;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  return `${verb} ${group}/${version} ${what} ${namespace ?? '*'}:${name}`;
}

describe('route', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list /v1 pods *:'],
    ['GET', '/api/v1/namespaces/default/pods', 'list /v1 pods default:'],
    ['GET', '/api/v1/namespaces/default/pods/a', 'get /v1 pods default:a'],
    ['GET', '/apis/apps/v1/namespaces/default/deployments/a', 'get apps/v1 deployments default:a'],
    ['GET', '/apis/apps/v1/deployments', 'list apps/v1 deployments *:'],
    ['GET', '/api/v1/nodes/n', 'get /v1 nodes *:n'],
    ['PUT', '/api/v1/nodes/n/status', 'update /v1 nodes/status *:n'],
    ['GET', '/api/v1/namespaces/default/pods/', 'list /v1 pods default:'],
  ])('%s %s is a resource', (method, url, expected) => {
    expect(about(method, url)).toBe(expected);
  });

  it.each([
    ['GET', '/api/v1/namespaces', 'list /v1 namespaces *:'],
    ['GET', '/api/v1/namespaces/default', 'get /v1 namespaces *:default'],
    ['DELETE', '/api/v1/namespaces/default', 'delete /v1 namespaces *:default'],
    ['PUT', '/api/v1/namespaces/default/status', 'update /v1 namespaces/status *:default'],
    ['PUT', '/api/v1/namespaces/default/finalize', 'update /v1 namespaces/finalize *:default'],
    ['GET', '/api/v1/namespaces/default/configmaps', 'list /v1 configmaps default:'],
  ])('%s %s: a namespace is an object, and the way into it', (method, url, expected) => {
    expect(about(method, url)).toBe(expected);
  });

  it.each([
    ['GET', 'list'],
    ['POST', 'create'],
    ['DELETE', 'deletecollection'],
  ])('%s of a collection is %s', (method, verb) => {
    expect(route(method, '/api/v1/pods')?.verb).toBe(verb);
  });

  it.each([
    ['GET', 'get'],
    ['POST', 'create'],
    ['PUT', 'update'],
    ['PATCH', 'patch'],
    ['DELETE', 'delete'],
  ])('%s of an object is %s', (method, verb) => {
    expect(route(method, '/api/v1/nodes/n')?.verb).toBe(verb);
  });

  it.each([
    ['watch=true', 'watch'],
    ['watch=1', 'watch'],
    ['watch=false', 'list'],
    ['watch=0', 'list'],
    ['watch=', 'watch'],
    ['watch=x', 'watch'],
    ['', 'list'],
  ])('A8 GET of a collection with %s is a %s', (query, verb) => {
    expect(route('GET', `/api/v1/pods?${query}`)?.verb).toBe(verb);
  });

  it('an object is not watched by its path', () => {
    expect(route('GET', '/api/v1/nodes/n?watch=true')?.verb).toBe('get');
  });

  it.each(['/', '/version', '/healthz', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/openapi/v3'])(
    '%s is no resource',
    (path) => {
      expect(route('GET', path)).toMatchObject({ verb: 'get', group: '', resource: '', name: '', path });
    },
  );

  it('has the query, read, beside the URL as it came', () => {
    const url = '/api/v1/pods?labelSelector=app%3Dweb&limit=5';
    const info = route('GET', url);
    expect(info).toMatchObject({ url, path: '/api/v1/pods' });
    expect([...(info?.query ?? [])]).toEqual([
      ['labelSelector', 'app=web'],
      ['limit', '5'],
    ]);
  });

  it('decodes names', () => {
    expect(about('GET', '/api/v1/namespaces/a%2Db/configmaps/x%2Ey')).toBe('get /v1 configmaps a-b:x.y');
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'BREW'])('%s is nothing that an API server does', (method) => {
    expect(about(method, '/api/v1/pods')).toBe('nothing');
  });

  it.each(['/api/v1/namespaces/default/pods/%zz', '/api/v1/namespaces/%e0%a4/pods', '//[', '/api/v1/nodes/%'])(
    '%s cannot be read, and is no reason to fail',
    (url) => {
      expect(about('GET', url)).toBe('nothing');
    },
  );
});
