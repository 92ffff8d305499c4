/** What a watch says, as far as it can be sent to another process. The library's own types stay out: nobody here folds with its code. */
export interface PlainObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly [field: string]: unknown;
}

export interface PlainError {
  readonly kind: string;
  readonly code: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfter: number | undefined;
  readonly message: string;
}

export type PlainEvent =
  | { readonly type: 'init'; readonly cause: string }
  | { readonly type: 'initApply' | 'apply' | 'delete'; readonly object: PlainObject }
  | { readonly type: 'initDone' | 'live' | 'bookmark'; readonly resourceVersion: string }
  | { readonly type: 'interrupted'; readonly error: PlainError; readonly attempt: number; readonly retryIn: number }
  | { readonly type: 'paused' };

export interface PlainChange {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: PlainObject;
  readonly previous?: PlainObject;
}

export type Occurrence =
  | { readonly type: 'request'; readonly verb: 'list' | 'watch'; readonly resourceVersion: string }
  | { readonly type: 'response'; readonly verb: 'list' | 'watch' }
  | {
      readonly type: 'end';
      readonly verb: 'list' | 'watch';
      readonly lived: number;
      readonly frames: number;
      readonly error?: PlainError;
    }
  | { readonly type: 'relist'; readonly cause: string }
  | { readonly type: 'lateAnswer' }
  /** What nothing is concluded from. */
  | { readonly type: 'other' };
