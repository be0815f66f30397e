import type { SuccessorTally } from "./successorTally.ts";

/** What followed one context, in figures. */
export interface ContextStatistics {
  /** Tokens in the context. */
  readonly depth: number;
  /** Σ counts */
  readonly total: number;
  /** Distinct tokens with a count. */
  readonly types: number;
  /** Of those, the ones with count 1. */
  readonly ones: number;
  /** Of those, the ones with count 2. */
  readonly twos: number;
}

/** The counts of every token after one context. */
export interface ContextLevel extends ContextStatistics {
  /** Where its tokens begin and end in `ContextCounts.tokens` and `counts`. */
  readonly from: number;
  readonly to: number;
}

/** The counts of all tokens after nothing in particular: the context of no tokens. */
export interface UnigramLevel extends ContextStatistics {
  /** [V]; borrowed */
  readonly counts: Uint32Array;
}

/**
 * What followed the contexts that a text ends in, the longest first and down to a single token. Scratch: it is filled anew
 * for each question, and what it holds is borrowed.
 */
export class ContextCounts {
  #tokens = new Uint16Array(4096);
  #counts = new Uint32Array(4096);
  readonly #levels: ContextLevel[] = [];
  #filled = 0;
  #askedDepth = 0;

  #unigrams: UnigramLevel;

  public constructor(unigrams: UnigramLevel) {
    this.#unigrams = unigrams;
  }

  public get unigrams(): UnigramLevel {
    return this.#unigrams;
  }

  public get levels(): readonly ContextLevel[] {
    return this.#levels;
  }

  public get tokens(): Uint16Array {
    return this.#tokens;
  }

  public get counts(): Uint32Array {
    return this.#counts;
  }

  /** Tokens in the longest context that was looked for one by one. */
  public get askedDepth(): number {
    return this.#askedDepth;
  }

  public clear(unigrams: UnigramLevel, askedDepth: number): void {
    this.#unigrams = unigrams;
    this.#askedDepth = askedDepth;
    this.#levels.length = 0;
    this.#filled = 0;
  }

  /** Adds the next shorter context with what a tally holds. */
  public addTally(depth: number, tally: SuccessorTally): void {
    this.#reserve(tally.size);
    const from = this.#filled;
    let total = 0;
    let ones = 0;
    let twos = 0;
    for (let index = 0; index < tally.size; index++) {
      const token = tally.token(index);
      const count = tally.count(token);
      if (count > 0) {
        this.#tokens[this.#filled] = token;
        this.#counts[this.#filled++] = count;
        total += count;
        ones += count === 1 ? 1 : 0;
        twos += count === 2 ? 1 : 0;
      }
    }
    this.#levels.push({ depth, total, types: this.#filled - from, ones, twos, from, to: this.#filled });
  }

  /** The count of a token after the context of a level. */
  public countOf({ from, to }: ContextLevel, token: number): number {
    const index = this.#tokens.subarray(from, to).indexOf(token);
    return index < 0 ? 0 : (this.#counts[from + index] as number);
  }

  #reserve(count: number): void {
    const needed = this.#filled + count;
    if (needed > this.#tokens.length) {
      const capacity = Math.max(needed, this.#tokens.length * 2);
      const tokens = new Uint16Array(capacity);
      tokens.set(this.#tokens);
      this.#tokens = tokens;
      const counts = new Uint32Array(capacity);
      counts.set(this.#counts);
      this.#counts = counts;
    }
  }
}

/** The statistics of dense counts [V]. */
export function unigramLevel(counts: Uint32Array): UnigramLevel {
  let total = 0;
  let types = 0;
  let ones = 0;
  let twos = 0;
  for (const count of counts) {
    total += count;
    types += count > 0 ? 1 : 0;
    ones += count === 1 ? 1 : 0;
    twos += count === 2 ? 1 : 0;
  }
  return { depth: 0, total, types, ones, twos, counts };
}
