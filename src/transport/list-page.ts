import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { Kind } from '../kind.js';
import type { ListPage } from '../protocol/messages.js';
import { readStatus, statusError } from './http-errors.js';
import { isCutShort, isJsonObject, type JsonObject } from './json.js';
import { parseObjects } from './managed-fields.js';
import { apiVersionOf, reduceToMetadata } from './type-meta.js';

/**
 * Reads the body of a list. A list of another kind is passed on without its items: the watch has to say which kind came in place of which.
 *
 * @param request for messages: `list pods in namespace "default"`.
 * @throws WatchError of kind `decode`, which never quotes the body; `connection` when it was cut short, as a list is streamed and a
 * failure in the middle of it is a 200 too (B12); `status` for a Status in its place.
 */
export function readListPage<T extends KubernetesObject>(
  text: string,
  request: string,
  kind: Kind<T>,
  metadataOnly: boolean,
): ListPage<T> {
  const list = parseObjects(text, itemsOf);
  if (list === undefined && isCutShort(text)) {
    throw new WatchError(`${request}: the list was cut short`, { kind: 'connection' });
  }
  const malformed = (what: string): WatchError => new WatchError(`${request}: ${what}`, { kind: 'decode' });
  if (!isJsonObject(list) || typeof list['kind'] !== 'string') throw malformed('an answer that is not a list');
  if (readStatus(list) !== undefined) throw statusError(request, list);

  const partial = metadataOnly && list['kind'] === 'PartialObjectMetadataList';
  const expected = partial || list['kind'] === kind.listKind;
  const { resourceVersion, continue: token } = isJsonObject(list['metadata']) ? list['metadata'] : {};
  if (!expected) return { kind: list['kind'], items: [], resourceVersion: '' };
  if (typeof resourceVersion !== 'string' || resourceVersion === '')
    throw malformed('a list without a resourceVersion');
  // The server's streaming encoder says null for none (B9); a list that does not mention any is not an empty one.
  const items: unknown = list['items'] === null ? [] : list['items'];
  if (!Array.isArray(items) || !items.every(isJsonObject)) throw malformed('a list without items');

  const reduce = metadataOnly ? reduceToMetadata(kind) : undefined;
  return {
    kind: kind.listKind,
    items: items.map((item) => {
      const typed = withType(item, kind);
      return (reduce === undefined ? typed : reduce(typed)) as unknown as T;
    }),
    resourceVersion,
    continue: typeof token === 'string' && token !== '' ? token : undefined,
  };
}

/** The items of a built-in kind say neither kind nor apiVersion, unlike the same objects in a watch (B1). */
function withType(item: JsonObject, kind: Kind): JsonObject {
  if (item['kind'] !== undefined && item['apiVersion'] !== undefined) return item;
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), ...item };
}

function itemsOf({ items }: JsonObject): readonly unknown[] {
  return Array.isArray(items) ? items : [];
}
