/** @throws RangeError that names the option and its value unless that is a finite number ≥ `least`. */
export function atLeast(least: number, name: string, value: number): number {
  if (!(value >= least)) throw new RangeError(`${name} must be ≥ ${least}, got ${value}`);
  if (value === Infinity) throw new RangeError(`${name} must be finite, got Infinity`);
  return value;
}

/** @throws RangeError that names the option and its value unless that is a number of milliseconds that a timer takes. */
export function timerMs(name: string, value: number): number {
  atLeast(0, name, value);
  if (value > MAX_TIMER) throw new RangeError(`${name} must be ≤ ${MAX_TIMER}, got ${value}`);
  return value;
}

/** `setTimeout` fires at once above it. */
const MAX_TIMER = 2 ** 31 - 1;
