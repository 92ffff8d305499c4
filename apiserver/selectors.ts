import type { ApiObject } from './objects.js';
import { isJson } from './objects.js';
import { badRequest } from './status.js';

export type Predicate = (object: ApiObject) => boolean;

/** A requirement of a label selector: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`. */
const LABEL = /^\s*(?:(!?)\s*([\w./-]+)|([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)|([\w./-]+)\s+(in|notin)\s*\(([^()]*)\))\s*$/;

/** @throws ApiError 400 for what is no selector. */
export function labelSelector(text: string): Predicate | undefined {
  if (text.trim() === '') return undefined;
  const requirements = text.split(/,(?![^(]*\))/).map((part) => requirement(part, text));
  return ({ metadata: { labels = {} } }) => requirements.every((holds) => holds(labels));
}

function requirement(part: string, whole: string): (labels: Readonly<Record<string, string>>) => boolean {
  const [, not, exists, key, operator, value = '', setKey, setOperator, set = ''] = LABEL.exec(part) ?? [];
  if (exists !== undefined) return (labels) => exists in labels === (not === '');
  if (key !== undefined)
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  if (setKey === undefined)
    throw badRequest(`unable to parse requirement: found '${part.trim()}' in ${JSON.stringify(whole)}`);
  const values = new Set(set.split(',').map((one) => one.trim()));
  return setOperator === 'in'
    ? (labels) => setKey in labels && values.has(labels[setKey] ?? '')
    : (labels) => !(setKey in labels && values.has(labels[setKey] ?? ''));
}

const FIELD = /^([^=!]+?)(==|=|!=)(.*)$/s;

export interface FieldSelector {
  readonly matches: Predicate;
  /** The only name that can match, if there is one. */
  readonly name?: string;
}

/**
 * @param supported the fields that the kind can be selected by, besides metadata.name and metadata.namespace.
 * @throws ApiError 400
 */
export function fieldSelector(
  text: string,
  apiVersion: string,
  kind: string,
  supported: readonly string[],
): FieldSelector | undefined {
  if (text === '') return undefined;
  const requirements = text.split(',').map((part) => {
    const [, field, operator, value = ''] = FIELD.exec(part) ?? [];
    if (field === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && !supported.includes(field)) {
      throw badRequest(
        `Unable to find "${apiVersion}, Kind=${kind}" that match label selector "", field selector "${text}": field label not supported: ${field}`,
      );
    }
    return { field: field.split('.'), name: field === 'metadata.name', equal: operator !== '!=', value };
  });
  const name = requirements.find((one) => one.name && one.equal)?.value;
  return {
    matches: (object) => requirements.every(({ field, equal, value }) => (textAt(object, field) === value) === equal),
    ...(name === undefined ? {} : { name }),
  };
}

function textAt(object: unknown, path: readonly string[]): string {
  const value = path.reduce<unknown>((at, name) => (isJson(at) ? at[name] : undefined), object);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
