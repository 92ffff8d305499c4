import type { Declared } from './declared.js';
import { parse, wrong, type Mark } from './diagram.js';
import { refuse, type List, type Refusal } from './values.js';

/** What the server does at one mark of a diagram. */
export type Step = Mark &
  (
    | { readonly does: 'accept' | 'begin' | 'end' | 'bookmark' | 'break' | 'close' }
    | { readonly does: 'apply'; readonly letter: string }
    | { readonly does: 'delete'; readonly letter: string }
    /** Without a list it is of what there is. */
    | { readonly does: 'list'; readonly list: List | undefined }
    | { readonly does: 'refuse' | 'expire'; readonly refusal: Refusal }
  );

/** What one connection brings. */
export interface Script {
  readonly text: string;
  readonly steps: readonly Step[];
  /** It says itself what is listed, and when. */
  readonly lists: boolean;
}

const EXPIRED = refuse(410);

/**
 * Reads the diagrams of a source's connections, as if each were played to its end.
 *
 * @throws SyntaxError that points at what no server can do.
 */
export function compile(texts: readonly string[], declared: Declared): readonly Script[] {
  const present = new Set(declared.lists.get('0')?.items.map(({ letter }) => letter));
  return texts.map((text) => {
    const steps = parse(text).marks.map((mark) => stepOf(text, mark, declared));
    const order = new Order(text, present);
    for (const step of steps) order.check(step);
    return { text, steps: accepted(steps), lists: steps.some(({ does }) => does === 'list' || does === 'begin') };
  });
}

function stepOf(text: string, mark: Mark, { lists, refusals }: Declared): Step {
  const { char, column } = mark;
  const refusal = refusals.get(char);
  if (refusal !== undefined) return { ...mark, does: 'refuse', refusal };
  if (/[a-z]/.test(char)) return { ...mark, does: 'apply', letter: char };
  if (/[A-Z]/.test(char)) return { ...mark, does: 'delete', letter: char.toLowerCase() };
  if (char === '0') return { ...mark, does: 'list', list: undefined };
  if (/[1-9]/.test(char)) {
    const list = lists.get(char);
    if (list === undefined) throw wrong(text, column, `list ${char} is not declared: { ${char}: list('a', 'b') }`);
    return { ...mark, does: 'list', list };
  }
  switch (char) {
    case '+':
      return { ...mark, does: 'accept' };
    case '[':
      return { ...mark, does: 'begin' };
    case ']':
      return { ...mark, does: 'end' };
    case '*':
      return { ...mark, does: 'bookmark' };
    case '!':
      return { ...mark, does: 'expire', refusal: EXPIRED };
    case '#':
      return { ...mark, does: 'break' };
    case '|':
      return { ...mark, does: 'close' };
    default:
      throw wrong(text, column, `${char} has no meaning: it is declared by { '${char}': refuse(503) }`);
  }
}

/** A server accepts a request at once, unless it is said when, or that it does not. */
function accepted(steps: readonly Step[]): readonly Step[] {
  const [first] = steps;
  const said = first?.does === 'accept' || first?.does === 'refuse' || (first?.does === 'break' && first.frame === 0);
  return said ? steps : [{ does: 'accept', char: '+', frame: 0, column: 0 }, ...steps];
}

/** What can follow what. */
class Order {
  readonly #text: string;
  readonly #present: Set<string>;
  #last: Step | undefined;
  /** The letters of a list that comes in parts, while it does. */
  #parts: Set<string> | undefined;

  constructor(text: string, present: Set<string>) {
    this.#text = text;
    this.#present = present;
  }

  check(step: Step): void {
    const last = this.#last;
    const fail = (message: string): Error => wrong(this.#text, step.column, message);
    if (last !== undefined && ENDS.has(last.does)) throw fail(`the connection is over after ${last.char}`);
    this.#last = step;
    const first = last === undefined || last.does === 'accept';
    switch (step.does) {
      case 'accept':
        if (last !== undefined) throw fail('the connection is accepted already');
        break;
      case 'list':
        if (!first) throw fail('a list comes first in its connection');
        if (step.list !== undefined) this.#keep(step.list.items.map(({ letter }) => letter));
        break;
      case 'begin':
        if (!first) throw fail('a list comes first in its connection');
        this.#parts = new Set();
        break;
      case 'end':
        if (this.#parts === undefined) throw fail('no list has begun that ] could end');
        this.#keep(this.#parts);
        this.#parts = undefined;
        break;
      case 'apply':
        this.#present.add(step.letter);
        this.#parts?.add(step.letter);
        break;
      case 'delete':
        if (!this.#present.delete(step.letter)) throw fail(`there is no ${step.letter} that could be deleted`);
        this.#parts?.delete(step.letter);
        break;
      case 'bookmark':
      case 'break':
      case 'close':
      case 'expire':
      case 'refuse':
        break;
    }
  }

  #keep(letters: Iterable<string>): void {
    this.#present.clear();
    for (const letter of letters) this.#present.add(letter);
  }
}

const ENDS: ReadonlySet<string> = new Set(['refuse', 'expire', 'break', 'close']);
