import { asciiId } from "./bpeAlphabet.ts";
import type { ChunkCounter } from "./chunkCounter.ts";
import { IntList } from "./intList.ts";
import { MergeQueue } from "./mergeQueue.ts";
import { PairTable } from "./pairTable.ts";
import { codePointUtf8Length, scalarValueAt } from "../base/utf8.ts";

/** What a new piece is made of. */
export type LearntPiece =
  | { readonly kind: "merge"; readonly left: number; readonly right: number }
  | { readonly kind: "character"; readonly codePoint: number };

/** A piece that saves fewer tokens than this in all texts is not worth an id. */
const MIN_GAIN = 2;
/** Bounds memory at some 30 bytes a symbol: beyond it the rarest chunks are left out. */
const MAX_SYMBOLS = 8_000_000;

const NONE = -1;
const DEAD = -0x80000000;
/** Right side of a candidate that stands for a character, not for a pair. */
const CHARACTER = -0x7fffffff;

/**
 * Learns BPE pieces from counted chunks, one at a time. All distinct chunks lie as linked lists of symbols in one array; a
 * symbol ≥ 0 is a piece, a negative one a character outside ASCII that has no piece yet and takes part in no pair.
 * Candidates (pairs, and characters) know where they occur and how many tokens they would save; both are brought up to date
 * at the places a new piece touches and nowhere else. Places that no longer hold a candidate are skipped when met.
 */
export class MergeLearner {
  readonly #symbols: Int32Array;
  readonly #previous: Int32Array;
  readonly #next: Int32Array;
  /** How often the chunk around each symbol occurs. */
  readonly #weights: Float64Array;
  /** Code points that symbols −1, −2, … stand for, ascending. */
  readonly #characters: readonly number[];

  readonly #candidates = new PairTable(1 << 14);
  #gains = new Float64Array(1 << 14);
  /** First and last place of each candidate in `#places`, a linked list in ascending order within each chunk. */
  readonly #heads = new IntList(1 << 14);
  readonly #tails = new IntList(1 << 14);
  readonly #places: IntList;
  readonly #placeNext: IntList;
  readonly #queue: MergeQueue;

  public constructor(chunks: ChunkCounter) {
    const minimumCount = affordableCount(chunks);
    const { characters, symbolCount } = surveyChunks(chunks, minimumCount);
    this.#characters = characters;
    this.#symbols = new Int32Array(symbolCount);
    this.#previous = new Int32Array(symbolCount);
    this.#next = new Int32Array(symbolCount);
    this.#weights = new Float64Array(symbolCount);
    this.#places = new IntList(symbolCount);
    this.#placeNext = new IntList(symbolCount);
    this.#queue = new MergeQueue((a, b) => this.#isBefore(a, b));
    this.#layOut(chunks, minimumCount);
    this.#enqueueFrom(0);
  }

  /** Makes the piece that saves most tokens and calls it `id`; `undefined` when none is worth it. */
  public learn(id: number): LearntPiece | undefined {
    for (let top = this.#queue.pop(); top !== undefined; top = this.#queue.pop()) {
      const { candidate, gain } = top;
      const current = this.#gains[candidate] as number;
      if (current === gain) {
        return this.#make(candidate, id);
      }
      if (current >= MIN_GAIN) {
        this.#queue.push(candidate, current);
      }
    }
    return undefined;
  }

  #make(candidate: number, id: number): LearntPiece {
    const left = this.#candidates.left(candidate);
    const right = this.#candidates.right(candidate);
    const firstNew = this.#candidates.size;
    for (let node = this.#heads.at(candidate); node !== NONE; node = this.#placeNext.at(node)) {
      const place = this.#places.at(node);
      if (right === CHARACTER) {
        this.#symbols[place] = id;
        this.#notePair(this.#previous[place] as number, place);
        this.#notePair(place, this.#next[place] as number);
      } else if (this.#isPairAt(place, left, right)) {
        this.#mergeAt(place, id);
      }
    }
    this.#gains[candidate] = 0;
    this.#enqueueFrom(firstNew);
    if (right === CHARACTER) {
      return { kind: "character", codePoint: this.#characters[-1 - left] as number };
    }
    return { kind: "merge", left, right };
  }

  #isPairAt(place: number, left: number, right: number): boolean {
    const next = this.#next[place] as number;
    return this.#symbols[place] === left && next !== NONE && this.#symbols[next] === right;
  }

  #mergeAt(place: number, id: number): void {
    const before = this.#previous[place] as number;
    const second = this.#next[place] as number;
    const after = this.#next[second] as number;
    this.#dropPair(before, place);
    this.#dropPair(second, after);
    this.#symbols[place] = id;
    this.#symbols[second] = DEAD;
    this.#next[place] = after;
    if (after !== NONE) {
      this.#previous[after] = place;
    }
    this.#notePair(before, place);
    this.#notePair(place, after);
  }

  /** A pair of neighbours came into being. */
  #notePair(place: number, next: number): void {
    if (place === NONE || next === NONE) {
      return;
    }
    const left = this.#symbols[place] as number;
    const right = this.#symbols[next] as number;
    if (left >= 0 && right >= 0) {
      this.#note(this.#candidates.findOrAdd(left, right), place, this.#weights[place] as number);
    }
  }

  /** A pair of neighbours is about to go. */
  #dropPair(place: number, next: number): void {
    if (place === NONE || next === NONE) {
      return;
    }
    const candidate = this.#candidates.find(this.#symbols[place] as number, this.#symbols[next] as number);
    if (candidate !== NONE) {
      this.#gains[candidate] = (this.#gains[candidate] as number) - (this.#weights[place] as number);
    }
  }

  /** A candidate was found at a place, where it would save `gain` tokens. */
  #note(candidate: number, place: number, gain: number): void {
    const node = this.#places.length;
    this.#places.push(place);
    this.#placeNext.push(NONE);
    if (candidate === this.#heads.length) {
      this.#heads.push(node);
      this.#tails.push(node);
      if (candidate === this.#gains.length) {
        const grown = new Float64Array(candidate * 2);
        grown.set(this.#gains);
        this.#gains = grown;
      }
    } else {
      this.#placeNext.set(this.#tails.at(candidate), node);
      this.#tails.set(candidate, node);
    }
    this.#gains[candidate] = (this.#gains[candidate] as number) + gain;
  }

  #enqueueFrom(firstCandidate: number): void {
    for (let candidate = firstCandidate; candidate < this.#candidates.size; candidate++) {
      const gain = this.#gains[candidate] as number;
      if (gain >= MIN_GAIN) {
        this.#queue.push(candidate, gain);
      }
    }
  }

  /** Ties go to the smaller ids, so that equal counts give equal vocabularies. */
  #isBefore(a: number, b: number): boolean {
    const leftA = this.#candidates.left(a);
    const leftB = this.#candidates.left(b);
    return leftA === leftB ? this.#candidates.right(a) < this.#candidates.right(b) : leftA < leftB;
  }

  #layOut(chunks: ChunkCounter, minimumCount: number): void {
    const symbolOf = new Map(this.#characters.map((codePoint, index) => [codePoint, -1 - index]));
    let place = 0;
    for (let chunk = 0; chunk < chunks.chunkCount; chunk++) {
      const count = chunks.countOf(chunk);
      if (count < minimumCount) {
        continue;
      }
      const first = place;
      for (const codePoint of scalarValues(chunks.textOf(chunk))) {
        const symbol = codePoint < 0x80 ? asciiId(codePoint) : (symbolOf.get(codePoint) as number);
        this.#symbols[place] = symbol;
        this.#weights[place] = count;
        this.#previous[place] = place === first ? NONE : place - 1;
        this.#next[place] = place + 1;
        if (symbol < 0) {
          this.#note(
            this.#candidates.findOrAdd(symbol, CHARACTER),
            place,
            count * (codePointUtf8Length(codePoint) - 1),
          );
        } else if (place > first) {
          this.#notePair(place - 1, place);
        }
        place++;
      }
      this.#next[place - 1] = NONE;
    }
  }
}

/** The smallest number of occurrences at which the chunks that have as many fit into `MAX_SYMBOLS`. */
function affordableCount(chunks: ChunkCounter): number {
  for (let minimumCount = 1; ; minimumCount++) {
    let symbolCount = 0;
    for (let chunk = 0; chunk < chunks.chunkCount; chunk++) {
      symbolCount += chunks.countOf(chunk) >= minimumCount ? chunks.lengthOf(chunk) : 0;
    }
    if (symbolCount <= MAX_SYMBOLS) {
      return minimumCount;
    }
  }
}

function surveyChunks(
  chunks: ChunkCounter,
  minimumCount: number,
): { readonly characters: readonly number[]; readonly symbolCount: number } {
  const characters = new Set<number>();
  let symbolCount = 0;
  for (let chunk = 0; chunk < chunks.chunkCount; chunk++) {
    if (chunks.countOf(chunk) >= minimumCount) {
      for (const codePoint of scalarValues(chunks.textOf(chunk))) {
        symbolCount++;
        if (codePoint >= 0x80) {
          characters.add(codePoint);
        }
      }
    }
  }
  return { characters: [...characters].sort((a, b) => a - b), symbolCount };
}

function* scalarValues(text: string): Generator<number> {
  for (let utf16Offset = 0; utf16Offset < text.length;) {
    const codePoint = scalarValueAt(text, utf16Offset);
    utf16Offset += codePoint > 0xffff ? 2 : 1;
    yield codePoint;
  }
}
