/** A mapping in a kubeconfig, and how messages call it: `users["me"]` of a file. They never quote a value. */
export class Fields {
  readonly where: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws Error when it is not a mapping. */
  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(`${where} must be a mapping`);
    this.#values = value as Readonly<Record<string, unknown>>;
    this.where = where;
  }

  /** Undefined for an empty one too, as in Go. */
  text(name: string): string | undefined {
    const value = this.#values[name] ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return value === '' ? undefined : value;
  }

  needed(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new Error(`${this.where}.${name} is missing`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  mapping(name: string): Fields | undefined {
    const value = this.#values[name] ?? undefined;
    return value === undefined ? undefined : new Fields(value, `${this.where}.${name}`);
  }

  mappings(name: string): Fields[] {
    return this.#list(name).map((value, index) => new Fields(value, `${this.where}.${name}[${index}]`));
  }

  texts(name: string): string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(name, 'a list of strings');
      return value;
    });
  }

  /** As it is, for others to read. */
  raw(name: string): unknown {
    return this.#values[name];
  }

  names(): string[] {
    return Object.keys(this.#values);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value;
  }

  #wrong(name: string, wanted: string): Error {
    return new Error(`${this.where}.${name} must be ${wanted}`);
  }
}
