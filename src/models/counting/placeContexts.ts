import { tokenTexts } from "../../tokens/tokenTexts.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { readHistory, type TokenHistory } from "./tokenHistory.ts";

/** Ways in which places are compared. */
export const PLACE_KINDS = 12;

/** Tokens that are looked back at: a few lines. */
const WINDOW_TOKENS = 96;
/** Lines upwards in which one that is not blank is looked for. */
const MOST_LINES = 3;
/** Words that are told apart: the one that is being written, and two before it. */
const WORDS = 3;

/** What a place in a text is like, other than by the tokens right before it: pure, and the same wherever the text was cut. */
export class PlaceContexts {
  readonly #texts: readonly string[];
  readonly #lines: Uint8Array;
  readonly #brackets: Uint8Array;
  readonly #recent = new Int32Array(WINDOW_TOKENS);
  readonly #words = new Int32Array(WORDS);
  #length = 0;
  /** The place last read, and its numbers. */
  #last: TokenHistory | null = null;
  readonly #values = new Int32Array(PLACE_KINDS);

  /** @param texts of the tokens [V] */
  public constructor(texts: readonly string[]) {
    this.#texts = texts;
    // The mark before the document, which has no text, ends a line as well.
    this.#lines = Uint8Array.from(texts, (text) => (text === "" || text.includes("\n") ? 1 : 0));
    this.#brackets = Uint8Array.from(texts, (text) => (/[()[\]{}]/.test(text) ? 1 : 0));
  }

  public static of(vocabulary: Vocabulary): PlaceContexts {
    return new PlaceContexts(tokenTexts(vocabulary));
  }

  /**
   * Fills `out` with a number for each way of comparing; places that are alike in that way have the same.
   * @param out [PLACE_KINDS]; overwritten
   */
  public read(history: TokenHistory | null, out: Int32Array): void {
    // The same place is asked for by several counts, and again to learn what followed it.
    if (history === null || history !== this.#last) {
      this.#compare(history, this.#values);
      this.#last = history;
    }
    out.set(this.#values);
  }

  #compare(history: TokenHistory | null, out: Int32Array): void {
    this.#length = readHistory(history, this.#recent);
    this.#readWords();
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((back) => this.#token(back)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [word, last, lastButOne] = this.#words as unknown as [number, number, number];
    const lineEnd = this.#lineEnd(0);
    const lineEndAbove = this.#lineEnd(lineEnd + 1);
    const first = this.#firstOf(0, lineEnd);
    const above = lineEndAbove - 1 - lineEnd;
    const stacked = above < lineEnd ? -1 : this.#token(above);
    const stackedBefore = above + 1 < lineEnd ? -1 : this.#token(above + 1);
    // One or two tokens in between may be any.
    out[0] = hash(0, b, c);
    out[1] = mix(hash(1, a, c), d);
    out[2] = mix(hash(2, c, d), e);
    // Words, whatever stands between them.
    out[3] = hash(3, word, last);
    out[4] = mix(hash(4, word, last), lastButOne);
    // How the line begins, and the line above.
    out[5] = mix(hash(5, a, first), this.#firstAbove(lineEnd));
    out[6] = mix(hash(6, word, a), first);
    // What stands above, token by token.
    out[7] = mix(hash(7, a, stacked), stackedBefore);
    // What the place is an argument or a member of.
    const opener = this.#opener();
    out[8] = hash(8, a, opener);
    // The word that is being written, whatever stands before it.
    out[9] = word === 0 ? hash(9, a, -1) : hash(10, word, 0);
    // What followed the same token the last two times.
    out[10] = this.#followersOf(a);
    // How far into a line of this kind it is.
    out[11] = mix(hash(11, lineEnd, first), opener);
  }

  /** −1 before the text. */
  #token(back: number): number {
    return back < this.#length ? (this.#recent[back] as number) : -1;
  }

  /** What came after the token `a`, which is the last one, where it stood before, the last time and the time before that. */
  #followersOf(a: number): number {
    let found = hash(12, a, -1);
    for (let back = 1, count = 0; back < this.#length && count < 2; back++) {
      if (this.#recent[back] === a) {
        found = mix(found, this.#recent[back - 1] as number);
        count++;
      }
    }
    return found;
  }

  #text(back: number): string {
    return this.#texts[this.#recent[back] as number] ?? "";
  }

  /** How far back the token is that ends the line before the one `back` is in. */
  #lineEnd(back: number): number {
    let end = back;
    while (end < this.#length && this.#lines[this.#recent[end] as number] === 0) {
      end++;
    }
    return end;
  }

  /** The first token of a line that is not blank, from `end`, which ends the line before, to `from`; −1 where all is blank. */
  #firstOf(from: number, end: number): number {
    for (let back = Math.min(end, this.#length - 1); back >= from; back--) {
      const text = this.#text(back);
      if (text.slice(back === end ? text.lastIndexOf("\n") + 1 : 0).trim() !== "") {
        return this.#recent[back] as number;
      }
    }
    return -1;
  }

  /** The first token of the nearest line above that is not blank. */
  #firstAbove(lineEnd: number): number {
    let end = lineEnd;
    for (let count = 0; count < MOST_LINES && end < this.#length; count++) {
      const next = this.#lineEnd(end + 1);
      const first = this.#firstOf(end, next);
      if (first >= 0) {
        return first;
      }
      end = next;
    }
    return -1;
  }

  /** The word that the text ends in, 0 where it ends in none, and those before it. */
  #readWords(): void {
    this.#words.fill(0);
    let index = 0;
    for (let back = 0; back < this.#length; back++) {
      const text = this.#text(back);
      for (let at = text.length - 1; at >= 0; at--) {
        const code = text.charCodeAt(at);
        if (isOfWord(code)) {
          this.#words[index] = mix(this.#words[index] as number, code);
        } else if (index === 0 || this.#words[index] !== 0) {
          if (++index === WORDS) {
            return;
          }
        }
      }
    }
  }

  /** The innermost open bracket and the word before it; 0 where there is none near. */
  #opener(): number {
    let depth = 0;
    for (let back = 0; back < this.#length; back++) {
      if (this.#brackets[this.#recent[back] as number] === 0) {
        continue;
      }
      const text = this.#text(back);
      for (let at = text.length - 1; at >= 0; at--) {
        const code = text.charCodeAt(at);
        depth += Number(CLOSING.has(code)) - Number(OPENING.has(code));
        if (depth < 0) {
          return mix(this.#wordBefore(back, at), code);
        }
      }
    }
    return 0;
  }

  #wordBefore(from: number, end: number): number {
    let word = 0;
    for (let back = from; back < this.#length; back++) {
      const text = this.#text(back);
      for (let at = (back === from ? end : text.length) - 1; at >= 0; at--) {
        const code = text.charCodeAt(at);
        if (!isOfWord(code)) {
          return word;
        }
        word = mix(word, code);
      }
    }
    return word;
  }
}

const OPENING = codesOf("([{");
const CLOSING = codesOf(")]}");

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

/** Letters, digits, and everything that is not ASCII. */
function isOfWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x24 ||
    code > 0x7f
  );
}

function hash(kind: number, first: number, second: number): number {
  return mix(mix(kind, first), second);
}

/** 32 bits that depend on all bits of both. */
function mix(left: number, right: number): number {
  let mixed = Math.imul(left ^ (left >>> 16), 0x045d_9f3b) ^ Math.imul(right + 0x9e37_79b9, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d);
  return mixed ^ (mixed >>> 13);
}
