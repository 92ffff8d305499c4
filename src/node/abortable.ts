/** Settles as the promise does, or rejects with the signal's reason as soon as that is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Makes one run serve everybody who asks while it runs. Who aborts leaves it; when the last one has left, the run is aborted too.
 */
export function singleFlight<T>(run: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let flight: { readonly landed: Promise<T>; readonly abort: AbortController; aboard: number } | undefined;

  return async (signal) => {
    signal.throwIfAborted();
    if (flight === undefined) {
      const abort = new AbortController();
      flight = { landed: run(abort.signal), abort, aboard: 0 };
    }
    const mine = flight;
    mine.aboard++;
    try {
      return await abortable(mine.landed, signal);
    } finally {
      mine.aboard--;
      // The first to notice that it is over, or the last to leave: whoever comes now needs a new one.
      if (flight === mine && (!signal.aborted || mine.aboard === 0)) flight = undefined;
      if (mine.aboard === 0) mine.abort.abort();
    }
  };
}
