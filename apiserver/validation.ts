import { isJson, type Json, type ObjectMeta } from './objects.js';
import type { Resource } from './resources.js';
import { badRequest, type Cause } from './status.js';

// What kube-apiserver checks of every kind alike, in the words of apimachinery's validation. What it knows of single kinds is not here.

/** RFC 1123 subdomain. */
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME = new RegExp(`^${SUBDOMAIN}$`);
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL = new RegExp(`^${QUALIFIED}$`);
const VALUE = new RegExp(`^(${QUALIFIED})?$`);
const STANDARD_FINALIZERS = ['orphan', 'foregroundDeletion', 'kubernetes'];

const KEY_HINT = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;
const VALUE_HINT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`;
const NAME_HINT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

/** Why something is no key of a label, if it is none. */
export function labelKeyFlaw(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (more.length > 0)
    return `a valid label key ${KEY_HINT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  const flaws = [
    prefix === '' ? 'prefix part must be non-empty' : '',
    prefix !== undefined && prefix !== '' && !NAME.test(prefix) ? `prefix part ${NAME_HINT}` : '',
    prefix !== undefined && prefix.length > 253 ? 'prefix part must be no more than 253 bytes' : '',
    name === '' ? 'name part must be non-empty' : '',
    name.length > 63 ? 'name part must be no more than 63 bytes' : '',
    LABEL.test(name) ? '' : `name part ${KEY_HINT}`,
  ];
  return flaws.filter((flaw) => flaw !== '').join('; ') || undefined;
}

export function labelValueFlaw(value: string): string | undefined {
  const flaws = [value.length > 63 ? 'must be no more than 63 bytes' : '', VALUE.test(value) ? '' : VALUE_HINT];
  return flaws.filter((flaw) => flaw !== '').join('; ') || undefined;
}

/** What is wrong with the metadata of an object that is written. @param current what it replaces */
export function metadataCauses(
  { custom }: Resource,
  name: string,
  meta: Partial<ObjectMeta>,
  current?: ObjectMeta,
): readonly Cause[] {
  const finalizers = meta.finalizers ?? [];
  const causes = [...nameCauses(name)];
  for (const [key, value] of Object.entries(meta.labels ?? {})) {
    const flaws = [[key, labelKeyFlaw(key)] as const, [value, labelValueFlaw(value)] as const];
    for (const [what, flaw] of flaws) if (flaw !== undefined) causes.push(invalidValue('metadata.labels', what, flaw));
  }
  if (!custom) {
    for (const [index, finalizer] of finalizers.entries()) {
      if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer))
        causes.push(
          invalidValue(
            `metadata.finalizers[${index}]`,
            finalizer,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        );
    }
  }
  const added = finalizers.filter((finalizer) => !(current?.finalizers ?? []).includes(finalizer));
  if (current?.deletionTimestamp !== undefined && added.length > 0) {
    causes.push({
      reason: 'FieldValueForbidden',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`,
      field: 'metadata.finalizers',
    });
  }
  return causes;
}

function nameCauses(name: string): readonly Cause[] {
  const field = 'metadata.name';
  if (name === '')
    return [{ reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field }];
  if (name.length > 253) return [invalidValue(field, name, 'must be no more than 253 characters')];
  return NAME.test(name) ? [] : [invalidValue(field, name, NAME_HINT)];
}

export function invalidValue(field: string, value: string, flaw: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${flaw}`, field };
}

/** What selectors and deletions rely on. @throws ApiError */
export function checkMetadata(metadata: unknown): asserts metadata is Json {
  if (!isJson(metadata)) throw badRequest('metadata must be an object');
  for (const name of ['labels', 'annotations']) {
    const values = metadata[name] ?? {};
    if (!isJson(values) || Object.values(values).some((value) => typeof value !== 'string'))
      throw badRequest(`metadata.${name} must be an object of strings`);
  }
  const finalizers = metadata['finalizers'] ?? [];
  if (!Array.isArray(finalizers) || finalizers.some((name) => typeof name !== 'string'))
    throw badRequest('metadata.finalizers must be an array of strings');
}
