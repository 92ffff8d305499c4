import { Service } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { map, timer } from 'rxjs';

@Service()
export class Clock {
  /** ms since 1970, anew each second: ages and countdowns are made of it. */
  readonly now = toSignal(timer(0, 1_000).pipe(map(() => Date.now())), { initialValue: Date.now() });
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** `4d`, `3h`, `12m`, `8s` */
export function age(then: string | undefined, now: number): string {
  if (then === undefined) return '';
  // The clock of the server may be ahead of this one.
  const seconds = Math.max(0, Math.floor((now - Date.parse(then)) / 1_000));
  for (const [unit, length] of UNITS) if (seconds >= length) return `${Math.floor(seconds / length)}${unit}`;
  return `${seconds}s`;
}
