import type { ApiObject } from './objects.js';
import { isJson } from './objects.js';
import type { Resource } from './resources.js';
import { badRequest } from './status.js';
import { labelKeyFlaw, labelValueFlaw } from './validation.js';

export type Predicate = (object: ApiObject) => boolean;

/** A requirement of a label selector: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a>1`, `a<1`, `a in (b,c)`, `a notin (b,c)`. */
const LABEL =
  /^\s*(?:(?<not>!?)\s*(?<exists>[\w./-]+)|(?<key>[\w./-]+)\s*(?:(?<operator>==|=|!=|>|<)\s*(?<value>[\w.-]*)|(?<set>in|notin)\s*\((?<values>[^()]*)\)))\s*$/;

/** @throws ApiError 400 for what is no selector. */
export function labelSelector(text: string): Predicate | undefined {
  if (text.trim() === '') return undefined;
  const requirements = text.split(/,(?![^(]*\))/).map((part) => requirement(part));
  return ({ metadata: { labels } }) => requirements.every((holds) => holds(labels ?? {}));
}

type Labels = Readonly<Record<string, string>>;

function requirement(part: string): (labels: Labels) => boolean {
  const groups = LABEL.exec(part)?.groups as Partial<Record<string, string>> | undefined;
  if (groups === undefined) throw unreadable(`found '${part.trim()}'`);
  const { not, exists, key = exists ?? '', operator, value = '', set, values = '' } = groups;
  const flaw = labelKeyFlaw(key);
  if (flaw !== undefined) throw unreadable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${flaw}`);
  const has = (labels: Labels): boolean => Object.hasOwn(labels, key);
  if (exists !== undefined) return (labels) => has(labels) === (not === '');
  if (operator === '>' || operator === '<') return compared(key, operator, value);
  const wanted = set === undefined ? [value] : values.split(',').map((one) => one.trim());
  for (const [index, one] of wanted.entries()) {
    const wrong = labelValueFlaw(one);
    if (wrong !== undefined)
      throw unreadable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(one)}: ${wrong}`);
  }
  const isOneOf = (labels: Labels): boolean => has(labels) && wanted.includes(labels[key] ?? '');
  return operator === '!=' || set === 'notin' ? (labels) => !isOneOf(labels) : isOneOf;
}

function compared(key: string, operator: '>' | '<', value: string): (labels: Labels) => boolean {
  if (!INTEGER.test(value))
    throw unreadable(
      `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  const limit = Number(value);
  return ({ [key]: label }) =>
    label !== undefined && INTEGER.test(label) && (operator === '>' ? Number(label) > limit : Number(label) < limit);
}

const INTEGER = /^-?\d+$/;

function unreadable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}

const FIELD = /^([^=!\\]+?)(==|=|!=)(.*)$/s;
/** What means something in a field selector has a backslash before it where it is meant as it is. */
const FIELD_TERMS = /(?:\\.?|[^,\\])+/gs;

export interface FieldSelector {
  readonly matches: Predicate;
  /** The only name that can match, if there is one. */
  readonly name?: string;
}

/** @throws ApiError 400 */
export function fieldSelector(text: string, resource: Resource): FieldSelector | undefined {
  if (text === '') return undefined;
  const requirements = (text.match(FIELD_TERMS) ?? []).map((part) => {
    const [, field, operator, value = ''] = FIELD.exec(part) ?? [];
    if (field === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && !resource.fields.includes(field))
      throw badRequest(unsupported(field, resource));
    return {
      field: field.split('.'),
      name: field === 'metadata.name',
      equal: operator !== '!=',
      value: unescaped(value),
    };
  });
  const name = requirements.find((one) => one.name && one.equal)?.value;
  return {
    matches: (object) => requirements.every(({ field, equal, value }) => (textAt(object, field) === value) === equal),
    ...(name === undefined ? {} : { name }),
  };
}

function unescaped(value: string): string {
  return value.replace(/\\(.?)|=/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined)
      throw badRequest(`invalid field selector: unescaped character in value: ${found.charCodeAt(0)}`);
    if (!['\\', ',', '='].includes(escaped))
      throw badRequest(`invalid field selector: invalid escape sequence: ${found}`);
    return escaped;
  });
}

function textAt(object: unknown, path: readonly string[]): string {
  const value = path.reduce<unknown>((at, name) => (isJson(at) ? at[name] : undefined), object);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Kinds with fields of their own say it in other words. */
function unsupported(field: string, { fields, custom }: Resource): string {
  return fields.length > 0 || custom
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
