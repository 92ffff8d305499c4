import { Observable, type Subscriber } from 'rxjs';
import { WatchError } from '../src/errors.js';
import type { KubernetesObject } from '../src/events.js';
import type { WatchFrame } from '../src/protocol/messages.js';
import type { Span } from './connections.js';
import { wrong } from './diagram.js';
import type { Run } from './run.js';
import type { Script, Step } from './script.js';
import type { Given, World } from './world.js';

/** One connection of a source: plays its diagram as the frames of a watch. */
export class Connection<T extends KubernetesObject> {
  readonly span: Span;
  readonly #run: Run;
  readonly #world: World<T>;
  readonly #kind: string;
  readonly #text: string;
  readonly #steps: readonly Step[];
  #position = 0;
  /** The frame of the diagram at which the present request began. */
  #offset = 0;
  #accepted = false;
  /** The letters of a list that comes in parts, while it does. */
  #parts: Set<string> | undefined;

  /** @param list whether it is asked for one; then it begins with what there is, unless its diagram says more. */
  constructor(run: Run, world: World<T>, kind: string, script: Script | undefined, list: boolean) {
    const { text = '', steps = [], lists = true } = script ?? {};
    this.#run = run;
    this.#world = world;
    this.#kind = kind;
    this.#text = text;
    this.#steps = steps.flatMap((step): readonly Step[] =>
      step.does === 'accept' && list && !lists ? [step, { ...step, char: '0', does: 'list', list: undefined }] : [step],
    );
    this.span = { from: run.scheduler.now(), to: undefined };
    run.toPlay(this.#steps.length - steps.length);
  }

  /** The frames from where it is. @param untilListed whether to stop, and go on another time, when the list is complete. */
  frames(untilListed: boolean): Observable<WatchFrame<T>> {
    const { scheduler } = this.#run;
    return new Observable((subscriber) => {
      const offset = this.#offset;
      let goesOn = false;
      subscriber.add(() => {
        if (!goesOn) this.close();
      });
      if (this.#accepted) subscriber.add(scheduler.schedule(() => subscriber.next({ type: 'OPEN' })));
      for (const step of this.#steps.slice(this.#position)) {
        const work = (): void => {
          this.#position++;
          this.#offset = step.frame;
          goesOn = untilListed && (step.does === 'list' || step.does === 'end');
          this.#perform(step, subscriber);
          this.#run.toPlay(-1);
          if (goesOn) subscriber.complete();
        };
        subscriber.add(scheduler.schedule(work, step.frame - offset));
      }
    });
  }

  close(): void {
    const { scheduler, ending } = this.#run;
    if (!ending) this.span.to ??= scheduler.now();
    this.#run.toPlay(this.#position - this.#steps.length);
    this.#position = this.#steps.length;
  }

  #perform(step: Step, subscriber: Subscriber<WatchFrame<T>>): void {
    const world = this.#world;
    switch (step.does) {
      case 'accept':
        this.#accepted = true;
        subscriber.next({ type: 'OPEN' });
        break;
      case 'list':
        this.#give(world.give(step.char, step.list), subscriber);
        break;
      case 'begin':
        this.#parts = new Set();
        break;
      case 'end':
        world.keep(this.#parts ?? new Set());
        this.#parts = undefined;
        subscriber.next(this.#bookmark(true));
        break;
      case 'apply': {
        const type = this.#parts !== undefined || !world.has(step.letter) ? 'ADDED' : 'MODIFIED';
        this.#parts?.add(step.letter);
        subscriber.next({ type, object: this.#parts ? world.asItIs(step.letter) : world.next(step.letter) });
        break;
      }
      case 'delete': {
        const object = world.delete(step.letter);
        this.#parts?.delete(step.letter);
        if (object !== undefined) subscriber.next({ type: 'DELETED', object });
        else subscriber.error(this.#impossible(step));
        break;
      }
      case 'bookmark':
        subscriber.next(this.#bookmark(false));
        break;
      case 'refuse':
      case 'expire':
        if (this.#accepted) subscriber.next({ type: 'ERROR', error: step.refusal.error });
        else subscriber.error(step.refusal.error);
        subscriber.complete();
        break;
      case 'break':
        subscriber.error(new WatchError(this.#accepted ? 'ECONNRESET' : 'ECONNREFUSED', { kind: 'connection' }));
        break;
      case 'close':
        subscriber.complete();
        break;
    }
  }

  #give({ objects }: Given<T>, subscriber: Subscriber<WatchFrame<T>>): void {
    for (const object of objects) subscriber.next({ type: 'ADDED', object });
    subscriber.next(this.#bookmark(true));
  }

  #bookmark(initialEventsEnd: boolean): WatchFrame<T> {
    return { type: 'BOOKMARK', kind: this.#kind, resourceVersion: this.#world.resourceVersion(), initialEventsEnd };
  }

  #impossible({ letter, column }: Step & { does: 'delete' }): Error {
    const message = `there is no ${letter} to delete: connections before this one were not played to their ends`;
    return (this.#run.impossible ??= wrong(this.#text, column, message));
  }
}
