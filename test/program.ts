import { spawn, type ChildProcess } from 'node:child_process';

/** A process of its own, as a reader starts it, and what it prints. It imports the package as it is built. */
export class Program implements Disposable {
  output = '';
  /** The exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor([command = '', ...args]: readonly string[], kubeconfig?: string) {
    const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Waits until the text is somewhere in what was printed. */
  async says(text: string, within = 30_000): Promise<void> {
    const start = performance.now();
    while (!this.output.includes(text)) {
      if (performance.now() - start > within) throw new Error(`never said ${JSON.stringify(text)}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** With all that it started: `npm` has children. */
  stop(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid);
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
