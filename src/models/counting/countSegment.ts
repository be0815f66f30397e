import { SuccessorBlocks } from "./successorBlocks.ts";
import type { SuccessorTally } from "./successorTally.ts";
import { sortSuffixes } from "./suffixSortKernel.ts";

/** What follows the contexts that end alike: entries `from` to `to` of a segment. */
export interface ContextRange {
  readonly from: number;
  readonly to: number;
}

export interface SegmentOptions {
  readonly vocabularySize: number;
  /** Stands before every document and nowhere else. */
  readonly startId: number;
  /** Scratch. */
  readonly tally: SuccessorTally;
}

/**
 * Some documents and, for every token in them, an entry; the entries are in the order of what stands before the
 * tokens, read backwards. So all that ever followed a context, however long, is one range of entries, and the range of a
 * longer context lies inside that of a shorter one. Immutable.
 */
export class CountSegment {
  /** START d₁ START d₂ …: each document behind its mark */
  readonly #text: Uint16Array;
  /** Where in `#text` the token of each entry stands. */
  readonly #positions: Int32Array;
  /** The token of each entry: `#text` at `#positions`, beside each other. */
  readonly #successors: Uint16Array;
  readonly #blocks: SuccessorBlocks;
  /** Where the entries behind each token begin, [V + 1]; only where that is small beside the entries. */
  readonly #firsts: Int32Array | undefined;
  /** [documents + 1]: where in `#text` each document's mark stands */
  readonly #documentStarts: Int32Array;
  readonly #hashes: Int32Array;

  /** @param documents without START; tokens in [0, V); borrowed */
  public constructor(documents: readonly Uint16Array[], { vocabularySize, startId, tally }: SegmentOptions) {
    this.#documentStarts = new Int32Array(documents.length + 1);
    this.#hashes = Int32Array.from(documents, hashTokens);
    documents.forEach((document, index) => {
      this.#documentStarts[index + 1] = (this.#documentStarts[index] as number) + 1 + document.length;
    });
    this.#text = joinDocuments(documents, startId);
    this.#positions = sortByContext(this.#text, { vocabularySize, startId });
    this.#successors = new Uint16Array(this.#positions.length);
    for (let entry = 0; entry < this.#successors.length; entry++) {
      this.#successors[entry] = this.#text[this.#positions[entry] as number] as number;
    }
    this.#blocks = new SuccessorBlocks(this.#successors, tally);
    this.#firsts = this.entryCount < vocabularySize * 2 ? undefined : this.#listFirsts(vocabularySize);
  }

  /** Number of counted tokens. */
  public get entryCount(): number {
    return this.#positions.length;
  }

  public get documentCount(): number {
    return this.#hashes.length;
  }

  public get byteLength(): number {
    return (
      this.#text.byteLength +
      this.#positions.byteLength +
      this.#successors.byteLength +
      this.#blocks.byteLength +
      (this.#firsts?.byteLength ?? 0) +
      this.#documentStarts.byteLength +
      this.#hashes.byteLength
    );
  }

  /** A document without its START; borrowed. */
  public document(index: number): Uint16Array {
    return this.#text.subarray((this.#documentStarts[index] as number) + 1, this.#documentStarts[index + 1]);
  }

  /** How many documents equal `tokens`, whose `hashTokens` is `hash`. */
  public countCopies(tokens: Uint16Array, hash: number): number {
    let count = 0;
    for (let index = 0; index < this.#hashes.length; index++) {
      count += this.#hashes[index] === hash && areEqual(this.document(index), tokens) ? 1 : 0;
    }
    return count;
  }

  /** Of a range whose contexts agree in their last `depth` tokens, the part whose contexts have `token` before those. */
  public narrow(
    { from, to }: ContextRange,
    { depth, token }: { readonly depth: number; readonly token: number },
  ): ContextRange {
    if (depth === 0 && this.#firsts !== undefined) {
      return { from: this.#firsts[token] as number, to: this.#firsts[token + 1] as number };
    }
    const start = this.#search(from, { to, back: depth + 1, least: token });
    return { from: start, to: this.#search(start, { to, back: depth + 1, least: token + 1 }) };
  }

  /**
   * How many tokens of `recent` the context of some entry of a range has in common with it, at most.
   * @param range where contexts agree in their last `depth` tokens
   * @param recent the newest token first; of it `length` count
   */
  public longestMatch(
    range: ContextRange,
    { depth, recent, length }: { readonly depth: number; readonly recent: Int32Array; readonly length: number },
  ): number {
    let { from, to } = range;
    let longest = depth;
    // A search for the place of `recent` in the order: the best match is met on the way there.
    while (from < to) {
      const middle = (from + to) >>> 1;
      const position = this.#positions[middle] as number;
      let common = depth;
      while (common < length && this.#text[position - 1 - common] === recent[common]) {
        common++;
      }
      longest = Math.max(longest, common);
      if (common === length) {
        break;
      }
      if ((this.#text[position - 1 - common] ?? -1) < (recent[common] as number)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return longest;
  }

  /** The token of an entry. */
  public successor(entry: number): number {
    return this.#successors[entry] as number;
  }

  /** The token `back` tokens before that of an entry, START included; undefined beyond the first document. */
  public tokenBefore(entry: number, back: number): number | undefined {
    return this.#text[(this.#positions[entry] as number) - back];
  }

  /** Adds `sign` times how often each token follows the contexts of a range. */
  public addSuccessors(
    tally: SuccessorTally,
    { range: { from, to }, sign }: { readonly range: ContextRange; readonly sign: 1 | -1 },
  ): void {
    this.#blocks.addTo(tally, { from, to, sign });
  }

  /** The first entry of a range from which on the token `back` tokens before is at least `least`. */
  #search(
    from: number,
    { to, back, least }: { readonly to: number; readonly back: number; readonly least: number },
  ): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#text[(this.#positions[middle] as number) - back] ?? -1) < least) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #listFirsts(vocabularySize: number): Int32Array {
    const firsts = new Int32Array(vocabularySize + 1);
    const entryCount = this.#positions.length;
    for (let token = 0; token <= vocabularySize; token++) {
      firsts[token] = this.#search(firsts[Math.max(0, token - 1)] as number, { to: entryCount, back: 1, least: token });
    }
    return firsts;
  }
}

/** A number by which different documents almost always differ. */
export function hashTokens(tokens: Uint16Array): number {
  let hash = tokens.length;
  for (const token of tokens) {
    hash = Math.imul(hash ^ token, 0x0100_0193); // FNV-1a
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Whether two arrays hold the same numbers in the same order. */
export function areEqual(left: Uint16Array, right: Uint16Array): boolean {
  if (left.length !== right.length) {
    return false;
  }
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) {
      return false;
    }
  }
  return true;
}

function joinDocuments(documents: readonly Uint16Array[], startId: number): Uint16Array {
  const text = new Uint16Array(documents.reduce((sum, { length }) => sum + 1 + length, 0));
  let filled = 0;
  for (const document of documents) {
    text[filled++] = startId;
    text.set(document, filled);
    filled += document.length;
  }
  return text;
}

/** The positions of all tokens but START, by what stands before them read backwards. */
function sortByContext(
  text: Uint16Array,
  { vocabularySize, startId }: { readonly vocabularySize: number; readonly startId: number },
): Int32Array {
  // The context before position p, read backwards, is the suffix of the reversed text that starts at length − p.
  const positions = sortSuffixes(text.toReversed(), vocabularySize);
  let kept = 0;
  for (const suffix of positions) {
    const position = text.length - suffix;
    if (position < text.length && text[position] !== startId) {
      positions[kept++] = position;
    }
  }
  return positions.slice(0, kept);
}
