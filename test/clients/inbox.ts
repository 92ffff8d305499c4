/** What callbacks, or a program's output, said: taken one after the other, and waited for where there is none yet. */
export class Inbox<T> {
  readonly #said: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  readonly put = (value: T): void => {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#said.push(value);
    else taker(value);
  };

  take(): Promise<T> {
    return new Promise((resolve) => {
      if (this.#said.length === 0) this.#takers.push(resolve);
      else resolve(this.#said.shift() as T);
    });
  }

  /** The next ones, in order. */
  async some(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.take());
    return taken;
  }

  /** What nobody has taken yet. */
  get rest(): readonly T[] {
    return this.#said;
  }
}
