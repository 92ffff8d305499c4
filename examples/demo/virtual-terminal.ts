import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { Subject, type Observable } from 'rxjs';
import type { Input, Output } from './terminal.ts';

/** A terminal without a window: what is written to it can be read as it would be seen. */
export class VirtualTerminal {
  readonly output: Output;
  readonly input: Input;
  /** All that was written. */
  written = '';
  /** Whether keys come one by one, unread by the terminal. */
  isRaw = false;
  readonly #terminal: xterm.Terminal;
  readonly #drawn = new Subject<void>();
  readonly #keys = new PassThrough();

  constructor(columns: number, rows: number, { colours = true }: { readonly colours?: boolean } = {}) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.written += chunk;
        this.#terminal.write(chunk, () => {
          done();
          this.#drawn.next();
        });
      },
    });
    this.output = Object.assign(stream, { isTTY: true, columns, rows, getColorDepth: () => (colours ? 24 : 1) });
    this.input = Object.assign(this.#keys, { isTTY: true, setRawMode: (mode: boolean) => (this.isRaw = mode) });
  }

  /** Emits when something was written. */
  get drawn(): Observable<void> {
    return this.#drawn;
  }

  get hasCursor(): boolean {
    return this.written.lastIndexOf('\u001b[?25h') >= this.written.lastIndexOf('\u001b[?25l');
  }

  get isAlternate(): boolean {
    return this.buffer.type === 'alternate';
  }

  get buffer(): xterm.IBuffer {
    return this.#terminal.buffer.active;
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** What is to be seen, line by line. */
  get lines(): string[] {
    const { buffer } = this;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  press(key: string): void {
    this.#keys.write(key);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    Object.assign(this.output, { columns, rows });
    this.output.emit('resize');
  }

  close(): void {
    this.#terminal.dispose();
  }
}
