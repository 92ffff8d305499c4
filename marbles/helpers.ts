import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { KubernetesObject } from '../src/events.js';
import type { Kind } from '../src/kind.js';
import type { Source } from '../src/source.js';
import type { Values } from './values.js';

/** What the objects of a test are where no kind is said. */
export type Thing = KubernetesObject & Readonly<Record<string, unknown>>;

/** What a source of {@link WatchTestHelpers} is the source of. */
export interface SourceOptions<T extends KubernetesObject, K extends string> {
  /** Default: one whose id is `things`, of the core group. */
  readonly kind?: Kind<T, K>;
  /** What the events call `cluster`. Default: `test`. */
  readonly cluster?: string;
  /** What the events call `from`. Default: the id of the kind, and from the second source of a kind on its number: `things 2`. */
  readonly from?: string;
}

/** What a test is made of: what RxJS gives it, and servers that play diagrams. */
export interface WatchTestHelpers extends RunHelpers {
  /**
   * A source whose n-th connection plays the n-th diagram. What is asked after the last one is never answered.
   *
   * @throws SyntaxError that points at what no server can do; RangeError for a value that means nothing.
   */
  readonly watch: <T extends KubernetesObject = Thing, const K extends string = 'things'>(
    diagrams: string | readonly string[],
    values?: Values<NoInfer<T>>,
    options?: SourceOptions<T, K>,
  ) => Source<T, K>;
  /**
   * Expects an Observable to be a diagram. It is subscribed to at the beginning, and unsubscribed from when the diagram has ended and the
   * servers have sent all that they have to; or as a subscription diagram says: `'---^---!'`.
   */
  readonly expectThat: (
    observable: Observable<unknown>,
    subscription?: string,
  ) => { readonly toBe: (diagram: string, values?: Readonly<Record<string, unknown>>) => void };
  /** Expects what was asked of a source: `'list'`, `'watch 3'`, `'probe 3'`. */
  readonly expectRequests: (source: Source) => { readonly toBe: (...requests: readonly string[]) => void };
  /** Expects when the connections of a source were open, each as a subscription diagram: `'^---!'`. */
  readonly expectConnections: (source: Source) => { readonly toBe: (...diagrams: readonly string[]) => void };
}
