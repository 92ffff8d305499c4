/**
 * Whether `a` is newer than `b`, or undefined where that cannot be told.
 *
 * resourceVersions are opaque; only two of one resource type that both are plain decimal numbers may be compared, by length and
 * then as text, whatever their size (J2, KEP-5504). metrics-server, Calico and others use other forms.
 */
export function isNewer(a: string, b: string): boolean | undefined {
  if (!/^[1-9][0-9]*$/.test(a) || !/^[1-9][0-9]*$/.test(b)) return undefined;
  return a.length === b.length ? a > b : a.length > b.length;
}
