/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */

/** Lengths of contexts whose last occurrence is looked for, the longest first. */
const LENGTHS = [12, 6, 3, 2, 1] as const;

/** R: the rank of a match is in [1, R], 1 for the shortest context; 0 stands for no match. */
export const MATCH_RANKS = LENGTHS.length;

/** There is no match: the last token never came before. */
export const NO_MATCH = 0;

const RANK_BITS = 3;

/** A match as one number. @param rank in [0, MATCH_RANKS] */
export function matchCode(token: number, rank: number): number {
  return (token << RANK_BITS) | rank;
}

/** What followed a match; START where there is none. */
export function matchedToken(code: number): number {
  return code >> RANK_BITS;
}

/** How long a match was, in [0, MATCH_RANKS]; 0 for none. */
export function matchRank(code: number): number {
  return code & ((1 << RANK_BITS) - 1);
}

const FIRST_CAPACITY = 64;
const NOWHERE = -1;

/** Of the polynomial that contexts are hashed by, modulo 2³² (Karp and Rabin 1987), and its powers up to the longest context. */
const BASE = 0x9e3779b1;
const POWERS = LENGTHS.map((length) => {
  let power = 1;
  for (let factor = 0; factor < length; factor++) {
    power = Math.imul(power, BASE);
  }
  return power;
});

/**
 * A text that grows, and where in it each context of some lengths came last: the match model of PAQ (Mahoney 2005) over tokens. It tells what
 * followed the last occurrence of the longest context that came before, as one number: token and rank.
 */
export class MatchIndex {
  #tokens: Int32Array;
  /** Hashes of all that lies before each place, [capacity + 1]. */
  #prefixes: Int32Array;
  #length = 0;
  /** For each length, by hash of a context, where one ended last; and by that place, where another of the same hash ended before it. */
  #heads: readonly Int32Array[] = [];
  #earlier: readonly Int32Array[] = [];

  /** @param capacity tokens that there is room for at first; a token takes 48 to 68 bytes */
  public constructor(capacity = FIRST_CAPACITY) {
    this.#tokens = new Int32Array(Math.max(capacity, 1));
    this.#prefixes = new Int32Array(this.#tokens.length + 1);
    this.#allocate();
  }

  public get length(): number {
    return this.#length;
  }

  /** The token at a place in [0, length). */
  public at(place: number): number {
    return this.#tokens[place]!;
  }

  /** Appends a token, and tells what it suggests; `NO_MATCH` for nothing. */
  public push(token: number): number {
    this.#append(token);
    const code = this.find(this.#length);
    this.#enter(this.#length - 1);
    return code;
  }

  /** What the last of the first `length` tokens suggests. What lies behind them is not looked at. */
  public find(length: number): number {
    const end = length - 1;
    const prefix = this.#prefixes[length]!;
    for (let order = 0; order < LENGTHS.length; order++) {
      const size = LENGTHS[order]!;
      if (length <= size) {
        continue;
      }
      const place = this.#lastPlace(order, prefix - Math.imul(this.#prefixes[length - size]!, POWERS[order]!), end);
      if (place !== NOWHERE) {
        return matchCode(this.#tokens[place + 1]!, LENGTHS.length - order);
      }
    }
    return NO_MATCH;
  }

  /** The same for the first `length` tokens with others, at least one, behind them, which are not kept: for short branches. */
  public findBehind(length: number, tail: readonly number[]): number {
    const total = length + tail.length;
    const at = (place: number): number => (place < length ? this.#tokens[place]! : tail[place - length]!);
    const prefixes = [this.#prefixes[length]!];
    for (const token of tail) {
      prefixes.push(hashOn(prefixes.at(-1)!, token));
    }
    const prefixAt = (place: number): number => (place < length ? this.#prefixes[place]! : prefixes[place - length]!);
    for (const [order, size] of LENGTHS.entries()) {
      if (total <= size) {
        continue;
      }
      const hash = prefixAt(total) - Math.imul(prefixAt(total - size), POWERS[order]!);
      const place = this.#lastPlaceBehind({ order, hash, length, total, at });
      if (place !== NOWHERE) {
        return matchCode(at(place + 1), LENGTHS.length - order);
      }
    }
    return NO_MATCH;
  }

  #lastPlaceBehind({ order, hash, length, total, at }: BranchSearch): number {
    const size = LENGTHS[order]!;
    const isSame = (place: number): boolean => {
      let same = 0;
      while (same < size && at(place - same) === at(total - 1 - same)) {
        same++;
      }
      return same === size;
    };
    for (let place = total - 2; place >= Math.max(length, size - 1); place--) {
      if (isSame(place)) {
        return place;
      }
    }
    const heads = this.#heads[order]!;
    const earlier = this.#earlier[order]!;
    let place = heads[slotOf(hash, heads.length)]!;
    while (place !== NOWHERE && !(place < length && isSame(place))) {
      place = earlier[place]!;
    }
    return place;
  }

  /** A text of its own of the first `length` tokens. */
  public copy(length: number): MatchIndex {
    const copy = new MatchIndex(2 * length);
    for (let place = 0; place < length; place++) {
      copy.#append(this.#tokens[place]!);
      copy.#enter(place);
    }
    return copy;
  }

  #append(token: number): void {
    if (this.#length === this.#tokens.length) {
      this.#grow();
    }
    this.#tokens[this.#length] = token;
    this.#prefixes[this.#length + 1] = hashOn(this.#prefixes[this.#length]!, token);
    this.#length++;
  }

  /** Where the context that ends at `end` ended last before, or `NOWHERE`. */
  #lastPlace(order: number, hash: number, end: number): number {
    const size = LENGTHS[order]!;
    const tokens = this.#tokens;
    const heads = this.#heads[order]!;
    const earlier = this.#earlier[order]!;
    let place = heads[slotOf(hash, heads.length)]!;
    while (place !== NOWHERE) {
      let same = 0;
      while (place < end && same < size && tokens[place - same] === tokens[end - same]) {
        same++;
      }
      if (same === size) {
        return place;
      }
      place = earlier[place]!;
    }
    return NOWHERE;
  }

  #enter(end: number): void {
    const prefix = this.#prefixes[end + 1]!;
    for (let order = 0; order < LENGTHS.length; order++) {
      const size = LENGTHS[order]!;
      if (end < size - 1) {
        continue;
      }
      const heads = this.#heads[order]!;
      const slot = slotOf(prefix - Math.imul(this.#prefixes[end + 1 - size]!, POWERS[order]!), heads.length);
      this.#earlier[order]![end] = heads[slot]!;
      heads[slot] = end;
    }
  }

  /** Room for the contexts of as many tokens as there is room for, none of them entered. */
  #allocate(): void {
    // What there was goes first, for a long text's is large.
    this.#heads = [];
    this.#earlier = [];
    const capacity = this.#tokens.length;
    const slotCount = 2 ** Math.ceil(Math.log2(capacity));
    this.#heads = LENGTHS.map(() => new Int32Array(slotCount).fill(NOWHERE));
    this.#earlier = LENGTHS.map(() => new Int32Array(capacity));
  }

  #grow(): void {
    const capacity = 2 * this.#tokens.length;
    const tokens = new Int32Array(capacity);
    tokens.set(this.#tokens);
    this.#tokens = tokens;
    const prefixes = new Int32Array(capacity + 1);
    prefixes.set(this.#prefixes);
    this.#prefixes = prefixes;
    this.#allocate();
    for (let place = 0; place < this.#length; place++) {
      this.#enter(place);
    }
  }
}

interface BranchSearch {
  readonly order: number;
  readonly hash: number;
  readonly length: number;
  readonly total: number;
  readonly at: (place: number) => number;
}

function hashOn(hash: number, token: number): number {
  return (Math.imul(hash, BASE) + token + 1) | 0;
}

/** @param count a power of two */
function slotOf(hash: number, count: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & (count - 1);
}
