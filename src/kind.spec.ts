import { describe, expect, it } from 'vitest';
import { customResource, type ResourceNames } from './kind.js';

const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' };
/** As from JavaScript, or from what somebody typed in. */
const describeKind = (names: object) => customResource()(names as ResourceNames<string, string>);

describe('a custom resource', () => {
  it('is what its definition says', () => {
    expect(describeKind(widgets)).toEqual({
      id: 'widgets.example.com',
      group: 'example.com',
      version: 'v1',
      plural: 'widgets',
      kind: 'Widget',
      listKind: 'WidgetList',
      namespaced: true,
    });
  });

  it.each([
    ['of the core group', { group: '', plural: 'pods' }, { id: 'pods' }],
    ['of the cluster', { scope: 'Cluster' }, { namespaced: false }],
    ['in namespaces', { scope: 'Namespaced' }, { namespaced: true }],
    ['with lists of another name', { listKind: 'Widgets' }, { listKind: 'Widgets' }],
    ['with nothing said of what has a default', { scope: undefined, listKind: undefined }, { listKind: 'WidgetList' }],
  ])('may be %s', (_, names, expected) => {
    expect(describeKind({ ...widgets, ...names })).toMatchObject(expected);
  });

  it.each([
    [{ group: undefined }, "group must be a name as in a URL, or '' for the core group, got undefined"],
    [{ group: 'a/b' }, `group must be a name as in a URL, or '' for the core group, got "a/b"`],
    [{ group: null }, "group must be a name as in a URL, or '' for the core group, got null"],
    [{ version: undefined }, 'version must be a name as in a URL, got undefined'],
    [{ version: 'example.com/v1' }, 'version must be a name as in a URL, got "example.com/v1"'],
    [{ version: 1 }, 'version must be a name as in a URL, got 1'],
    [{ plural: undefined }, 'plural must be a name as in a URL, got undefined'],
    [{ plural: '' }, 'plural must be a name as in a URL, got ""'],
    [{ plural: '..' }, 'plural must be a name as in a URL, got ".."'],
    [{ plural: 'widgets?watch' }, 'plural must be a name as in a URL, got "widgets?watch"'],
    [{ kind: undefined }, 'kind must be a name as in a URL, got undefined'],
    [{ kind: 'a Widget' }, 'kind must be a name as in a URL, got "a Widget"'],
    [{ listKind: '' }, 'listKind must be a name as in a URL, got ""'],
    [{ scope: 'cluster' }, 'scope must be Namespaced or Cluster, got "cluster"'],
    [{ scope: 'namespaced' }, 'scope must be Namespaced or Cluster, got "namespaced"'],
    [{ scope: true }, 'scope must be Namespaced or Cluster, got true'],
  ])('is refused with %o', (names, message) => {
    const create = (): unknown => describeKind({ ...widgets, ...names });
    expect(create).toThrow(new RangeError(message));
  });
});
