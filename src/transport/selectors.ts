/** What {@link exists} is. */
export interface Exists {
  readonly operator: 'Exists';
  readonly values: readonly [];
}

/** What {@link notExists} is. */
export interface NotExists {
  readonly operator: 'DoesNotExist';
  readonly values: readonly [];
}

/** What {@link not} returns. */
export interface Not {
  readonly operator: 'NotIn';
  readonly values: readonly string[];
}

/**
 * What the labels of an object have to be: by their names, a value, one of several, or what {@link exists}, {@link notExists} and
 * {@link not} say. Or a LabelSelector as objects have it, which is to be met: `deployment.spec.selector`.
 */
export type LabelSelection =
  | Readonly<Record<string, string | readonly string[] | Exists | NotExists | Not>>
  | {
      readonly matchLabels?: Readonly<Record<string, string>> | null | undefined;
      readonly matchExpressions?:
        | readonly {
            readonly key: string;
            readonly operator: string;
            readonly values?: readonly string[] | null | undefined;
          }[]
        | null
        | undefined;
    };

/** What the fields of an object have to be, by their paths: a value, or what {@link not} says. */
export type FieldSelection = Readonly<Record<string, string | Not>>;

// These are told by what they say, in the words of Kubernetes, and not by what they are: so those of another copy of this package do as
// well. All have a list of values, by which none can be mistaken for a map of labels.

/**
 * Selects objects that have a label, whatever its value.
 *
 * ```ts
 * import { exists } from 'rxkube';
 *
 * cluster.resource(Pod, { labels: { tier: exists } }); // tier
 * ```
 */
export const exists: Exists = /* @__PURE__ */ Object.freeze({
  operator: 'Exists',
  values: /* @__PURE__ */ Object.freeze([] as const),
});

/**
 * Selects objects that do not have a label.
 *
 * ```ts
 * import { notExists } from 'rxkube';
 *
 * cluster.resource(Pod, { labels: { canary: notExists } }); // !canary
 * ```
 */
export const notExists: NotExists = /* @__PURE__ */ Object.freeze({
  operator: 'DoesNotExist',
  values: /* @__PURE__ */ Object.freeze([] as const),
});

/**
 * Selects objects of which a label or a field has none of these values. As in Kubernetes that includes the objects without the label, and
 * those whose field is empty.
 *
 * ```ts
 * import { not } from 'rxkube';
 *
 * cluster.resource(Pod, {
 *   labels: { track: not('beta', 'dev') }, // track notin (beta,dev)
 *   fields: { 'status.phase': not('Succeeded', 'Failed') }, // status.phase!=Failed,status.phase!=Succeeded
 * });
 * ```
 *
 * @throws RangeError without a value. What is no value of a label or field is found by `resource`, which can name it.
 */
export function not(...values: readonly [string, ...string[]]): Not {
  if (values.length === 0) throw new RangeError('not must have at least one value, got none');
  return Object.freeze({ operator: 'NotIn', values: Object.freeze(values) });
}

/**
 * The text of a label selector, the same for the same meaning.
 *
 * @throws RangeError naming the label and the value.
 */
export function labelSelector(labels: LabelSelection): string {
  return conjunction(requirementsOf(labels).map(labelText));
}

/** The same of a field selector. */
export function fieldSelector(fields: FieldSelection): string {
  if (!isRecord(fields)) throw wrong('fields', fields, 'fields by their paths, or left out');
  return conjunction(Object.entries<unknown>(fields).flatMap(([key, value]) => fieldTexts(key, value)));
}

function conjunction(requirements: readonly string[]): string {
  return [...new Set(requirements)].sort().join(',');
}

/** As in `matchExpressions`, but not looked at yet. */
type Requirement = Readonly<Partial<Record<'key' | 'operator' | 'values', unknown>>>;

function requirementsOf(labels: unknown): readonly Requirement[] {
  // Go writes null for a selector that is not there, and that one selects nothing.
  if (!isRecord(labels)) throw wrong('labels', labels, 'labels by their names, or left out');
  const { matchLabels, matchExpressions, ...others } = labels;
  const exact: unknown = matchLabels ?? {};
  const further: unknown = matchExpressions ?? [];
  const parts = Object.values(labels);
  // What is undefined by mistake, and nothing besides, is not meant to select everything.
  const isSelector =
    Object.keys(others).length === 0 && (parts.length === 0 || parts.some((part) => part !== undefined));
  if (isSelector && isMap(exact) && Array.isArray(further) && further.every(isRecord)) {
    return [...Object.entries(exact).map(([key, value]) => ({ key, operator: 'In', values: [value] })), ...further];
  }
  // Labels may have these names, but not such values.
  if (isMap(matchLabels) || (Array.isArray(matchExpressions) && matchExpressions.some(isRecord)))
    throw wrong('labels', labels, 'labels by their names, or a LabelSelector with nothing besides');
  return Object.entries(labels).map(([key, value]) => ({ ...demandOf(key, value), key }));
}

/** And not what `exists` says, which has a list of values. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !Array.isArray(value['values']);
}

function demandOf(key: string, value: unknown): Requirement {
  if (typeof value === 'string') return { operator: 'In', values: [value] };
  if (Array.isArray(value)) return { operator: 'In', values: value };
  if (isRecord(value) && Array.isArray(value['values'])) return value;
  throw wrong(`labels['${key}']`, value, 'a value, several, exists, notExists or not(…)');
}

function labelText({ key, operator, values }: Requirement): string {
  if (!isText(key, LABEL_KEY)) throw wrong('a key of labels', key, 'the name of a label');
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'In':
      return amongValues(key, '=', ' in ', values);
    case 'NotIn':
      return amongValues(key, '!=', ' notin ', values);
    default:
      throw wrong(`the operator of labels['${key}']`, operator, 'In, NotIn, Exists or DoesNotExist');
  }
}

function amongValues(key: string, one: string, several: string, values: unknown): string {
  // `in ()` would not select nothing, but the empty value.
  if (!Array.isArray(values) || values.length === 0) throw wrong(`labels['${key}']`, values, 'one value or several');
  const texts = [...new Set(values.map((value) => labelValue(key, value)))].sort().join(',');
  return texts.includes(',') ? `${key}${several}(${texts})` : `${key}${one}${texts}`;
}

function labelValue(key: string, value: unknown): string {
  if (!isText(value, LABEL_VALUE)) throw wrong(`labels['${key}']`, value, 'a label value');
  return value;
}

function fieldTexts(key: string, value: unknown): readonly string[] {
  if (!FIELD_KEY.test(key)) throw wrong('a key of fields', key, 'the path of a field');
  if (!isRecord(value)) return [`${key}=${fieldValue(key, value)}`];
  const { operator, values } = value;
  // Without a value it would select everything.
  if (operator !== 'NotIn' || !Array.isArray(values) || values.length === 0)
    throw wrong(`fields['${key}']`, value, 'a string or not(…)');
  return values.map((one) => `${key}!=${fieldValue(key, one)}`);
}

/** Unlike a label, a field can hold any text; field selectors have an escape for it. */
function fieldValue(key: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(`fields['${key}']`, value, 'a string or not(…)');
  return value.replace(/[\\,=]/g, '\\$&');
}

// What a server takes (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set). None of these can
// hold what a selector gives a meaning to: it would select something else than was meant.
const LABEL_KEY =
  /^((?=.{1,253}\/)[a-z0-9]+(-+[a-z0-9]+)*(\.[a-z0-9]+(-+[a-z0-9]+)*)*\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const FIELD_KEY = /^[^\s.,=!()\\]+(\.[^\s.,=!()\\]+)*$/;

/** Also of what only who has no types can give: a pattern takes null for the text `null`. */
export function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An option that is not what it has to be, by name and value. */
export function wrong(what: string, value: unknown, expected: string): RangeError {
  // JSON has no functions, such as a signal that was not called, and no bigint.
  const isJson = typeof value !== 'function' && typeof value !== 'bigint' && value !== undefined;
  const text = isJson ? JSON.stringify(value) : String(value);
  return new RangeError(`${what} must be ${expected}, got ${text}`);
}
