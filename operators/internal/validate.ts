/** @throws RangeError that names the option and its value unless that is a finite number ≥ `least`. */
export function atLeast(least: number, name: string, value: number): number {
  if (!(value >= least)) throw new RangeError(`${name} must be ≥ ${least}, got ${value}`);
  if (value === Infinity) throw new RangeError(`${name} must be finite, got Infinity`);
  return value;
}
