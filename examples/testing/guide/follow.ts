import { filter, firstValueFrom, ReplaySubject, type Observable } from 'rxjs';
import { onTestFinished } from 'vitest';

/** Subscribes until the test is over. @returns what finds a value: among those that came already, else when it comes. */
export function follow<T>(source: Observable<T>): (matches: (value: T) => boolean) => Promise<T> {
  const values = new ReplaySubject<T>(Infinity);
  const subscription = source.subscribe(values);
  onTestFinished(() => subscription.unsubscribe());
  return (matches) => firstValueFrom(values.pipe(filter(matches)));
}
