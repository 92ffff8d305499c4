/** Labels by name, as in `metadata.labels`, and in `spec.selector` of a Service. */
export type Labels = Readonly<Record<string, string>>;

/** What Go leaves out or writes as null. */
export type Missing = null | undefined;

/** Kubernetes' own LabelSelector, as in `spec.selector` of a Deployment: an object has to meet all of it. */
export interface LabelSelector {
  readonly matchLabels?: Labels | Missing;
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | Missing;
}

/** What a {@link LabelSelector} asks of one label. */
export interface LabelSelectorRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. `NotIn` is met by an object without the label, too. */
  readonly operator: string;
  readonly values?: readonly string[] | Missing;
}

/** Both parts of a selector in one form; none for a missing one, which nothing meets. @internal */
export function requirementsOf(selector: LabelSelector | Missing): readonly LabelSelectorRequirement[] | undefined {
  if (selector === undefined || selector === null) return undefined;
  const { matchLabels, matchExpressions } = selector;
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return [...labels, ...(matchExpressions ?? [])];
}

/** @throws RangeError on an operator that Kubernetes does not have. @internal */
export function isMet({ key, operator, values }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isListed = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return isListed;
    case 'NotIn':
      return !isListed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new RangeError(`operator must be In, NotIn, Exists or DoesNotExist, got ${JSON.stringify(operator)}`);
  }
}
