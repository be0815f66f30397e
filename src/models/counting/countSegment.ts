import { isSamePassage, type Passage } from "./passage.ts";
import { type BlockLevel, SuccessorBlocks } from "./successorBlocks.ts";
import type { SuccessorTally } from "./successorTally.ts";
import { sortSuffixesInSteps } from "./suffixSortKernel.ts";

/** What follows the contexts that end alike: entries `from` to `to` of a segment. */
export interface ContextRange {
  readonly from: number;
  readonly to: number;
}

export interface SegmentOptions {
  readonly vocabularySize: number;
  /** Stands before every document and nowhere else. */
  readonly startId: number;
  /** Stands before every part of a document that is not its beginning; nothing is ever predicted behind it. */
  readonly breakId: number;
  /** Scratch. */
  readonly tally: SuccessorTally;
}

/** What a segment is made of, as plain arrays that can go to another thread or to the disk. */
export interface SegmentParts {
  /** mark p₁ mark p₂ …: each passage behind START or the break mark */
  readonly text: Uint16Array;
  /** Where in `text` the token of each entry stands. */
  readonly positions: Int32Array;
  /** The token of each entry: `text` at `positions`, beside each other. */
  readonly successors: Uint16Array;
  readonly levels: readonly BlockLevel[];
  /** Where the entries behind each token begin, [V + 1]; only where that is small beside the entries. */
  readonly firsts: Int32Array | null;
  /** Where the entries behind each pair of tokens begin, the newer token first, [V² + 1]; only where that is small beside the entries. */
  readonly pairs: Int32Array | null;
  /** [passages + 1]: where in `text` each passage's mark stands */
  readonly starts: Int32Array;
  /** [passages]: tokens of each that are context only */
  readonly leads: Uint16Array;
  readonly hashes: Int32Array;
  /** [V]: how often each token is counted */
  readonly tokenCounts: Uint32Array;
}

/**
 * Some passages and, for every token in them, an entry; the entries are in the order of what stands before the
 * tokens, read backwards. So all that ever followed a context, however long, is one range of entries, and the range of a
 * longer context lies inside that of a shorter one. Immutable.
 */
export class CountSegment {
  /** Borrowed. */
  readonly parts: SegmentParts;
  readonly #text: Uint16Array;
  readonly #positions: Int32Array;
  readonly #successors: Uint16Array;
  readonly #firsts: Int32Array | null;
  readonly #pairs: Int32Array | null;
  readonly #blocks: SuccessorBlocks;
  readonly #startId: number;

  /** @param parts of a segment over the same vocabulary; borrowed for as long as this lives */
  public constructor(parts: SegmentParts, startId: number) {
    this.parts = parts;
    this.#text = parts.text;
    this.#positions = parts.positions;
    this.#successors = parts.successors;
    this.#firsts = parts.firsts;
    this.#pairs = parts.pairs;
    this.#blocks = new SuccessorBlocks(parts.successors, parts.levels);
    this.#startId = startId;
  }

  /** @param passages tokens in [0, V), none of them START; borrowed */
  public static sort(passages: readonly Passage[], options: SegmentOptions): CountSegment {
    const layout = joinPassages(passages, options);
    const work = sortByContext(layout, options.vocabularySize);
    let step = work.next();
    while (step.done !== true) {
      step = work.next();
    }
    return CountSegment.restore({ ...layout, positions: step.value }, options);
  }

  /** `sort` that yields in between: every few hundred milliseconds where there are ten million tokens. */
  public static *sortInSteps(passages: readonly Passage[], options: SegmentOptions): Generator<void, CountSegment> {
    const layout = joinPassages(passages, options);
    yield;
    const positions = yield* sortByContext(layout, options.vocabularySize);
    yield;
    return CountSegment.restore({ ...layout, positions }, options);
  }

  /** A segment whose entries are in order already. */
  public static restore(
    sorted: Pick<SegmentParts, "text" | "positions" | "starts" | "leads" | "hashes">,
    { vocabularySize, startId, tally }: SegmentOptions,
  ): CountSegment {
    const { text, positions } = sorted;
    const successors = new Uint16Array(positions.length);
    const tokenCounts = new Uint32Array(vocabularySize);
    for (let entry = 0; entry < successors.length; entry++) {
      const token = text[positions[entry] as number] as number;
      successors[entry] = token;
      tokenCounts[token] = (tokenCounts[token] as number) + 1;
    }
    const levels = SuccessorBlocks.levelsOf(successors, tally);
    const listed = <L>(entriesNeeded: number, list: () => L): L | null =>
      positions.length < entriesNeeded ? null : list();
    const firsts = listed(vocabularySize * 2, () => listFirsts(sorted, vocabularySize));
    const pairs = listed(vocabularySize ** 2 * 4, () => listPairs(sorted, vocabularySize));
    return new CountSegment({ ...sorted, successors, levels, firsts, pairs, tokenCounts }, startId);
  }

  /** Number of counted tokens. */
  public get entryCount(): number {
    return this.#positions.length;
  }

  public get passageCount(): number {
    return this.parts.hashes.length;
  }

  public get byteLength(): number {
    const { starts, leads, hashes, tokenCounts } = this.parts;
    return [this.#text, this.#positions, this.#successors, starts, leads, hashes, tokenCounts].reduce(
      (sum, array) => sum + array.byteLength,
      this.#blocks.byteLength + (this.#firsts?.byteLength ?? 0) + (this.#pairs?.byteLength ?? 0),
    );
  }

  /** Number of tokens in some of its passages, one after the other, with their leads and marks. */
  public spanOf(first: number, count: number): number {
    return (this.parts.starts[first + count] as number) - (this.parts.starts[first] as number);
  }

  /** One of its passages; borrowed. */
  public passage(index: number): Passage {
    const { starts, leads, hashes } = this.parts;
    const start = starts[index] as number;
    return {
      tokens: this.#text.subarray(start + 1, starts[index + 1]),
      leadCount: leads[index] as number,
      isDocumentStart: this.#text[start] === this.#startId,
      hash: hashes[index] as number,
    };
  }

  /** All of its passages; borrowed. */
  public passages(): Passage[] {
    return Array.from({ length: this.passageCount }, (_, index) => this.passage(index));
  }

  /** How many passages count the same as this one. */
  public countCopies(passage: Passage): number {
    let count = 0;
    for (let index = this.parts.hashes.indexOf(passage.hash); index >= 0;) {
      count += isSamePassage(this.passage(index), passage) ? 1 : 0;
      index = this.parts.hashes.indexOf(passage.hash, index + 1);
    }
    return count;
  }

  /**
   * Of a range whose contexts agree with `recent` in their last `depth` tokens, the part that agrees in one more.
   * @param recent the newest token first
   */
  public narrow(
    range: ContextRange,
    { depth, recent }: { readonly depth: number; readonly recent: Int32Array },
  ): ContextRange {
    const token = recent[depth] as number;
    const vocabularySize = this.parts.tokenCounts.length;
    if (depth === 0 && this.#firsts !== null) {
      return { from: this.#firsts[token] as number, to: this.#firsts[token + 1] as number };
    }
    if (depth === 1 && this.#pairs !== null) {
      const pair = (recent[0] as number) * vocabularySize + token;
      return { from: this.#pairs[pair] as number, to: this.#pairs[pair + 1] as number };
    }
    return this.#searchRange(range, { back: depth + 1, token });
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

  /** The entries of a range with `token` so far back: one search finds some, and two on its path where they begin and end. */
  #searchRange(
    { from, to }: ContextRange,
    { back, token }: { readonly back: number; readonly token: number },
  ): ContextRange {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#text[(this.#positions[middle] as number) - back] ?? -1;
      if (found === token) {
        return {
          from: this.#search(low, { to: middle, back, least: token }),
          to: this.#search(middle + 1, { to: high, back, least: token + 1 }),
        };
      }
      if (found < token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return { from: low, to: low };
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
}

/** Counted contexts by their last token, added up: the order of the text finds the sums quicker than the order of the entries. */
function listFirsts({ text, starts, leads }: Layout, vocabularySize: number): Int32Array {
  const firsts = new Int32Array(vocabularySize + 1);
  forEachCounted({ text, starts, leads }, (position) => {
    const bucket = (text[position - 1] as number) + 1;
    firsts[bucket] = (firsts[bucket] as number) + 1;
  });
  return addUp(firsts);
}

/** The same by their last two tokens. Before the first mark of all stands nothing, which comes before any token. */
function listPairs({ text, starts, leads }: Layout, vocabularySize: number): Int32Array {
  const pairs = new Int32Array(vocabularySize ** 2 + 1);
  forEachCounted({ text, starts, leads }, (position) => {
    const bucket = (text[position - 1] as number) * vocabularySize + (text[position - 2] ?? 0) + 1;
    pairs[bucket] = (pairs[bucket] as number) + 1;
  });
  return addUp(pairs);
}

function forEachCounted({ starts, leads }: Layout, call: (position: number) => void): void {
  for (let index = 0; index < leads.length; index++) {
    const end = starts[index + 1] as number;
    for (let position = (starts[index] as number) + 1 + (leads[index] as number); position < end; position++) {
      call(position);
    }
  }
}

function addUp(counts: Int32Array): Int32Array {
  for (let index = 1; index < counts.length; index++) {
    counts[index] = (counts[index] as number) + (counts[index - 1] as number);
  }
  return counts;
}

type Layout = Pick<SegmentParts, "text" | "starts" | "leads">;

function joinPassages(
  passages: readonly Passage[],
  { startId, breakId }: SegmentOptions,
): Pick<SegmentParts, "text" | "starts" | "leads" | "hashes"> {
  const starts = new Int32Array(passages.length + 1);
  passages.forEach(({ tokens }, index) => {
    starts[index + 1] = (starts[index] as number) + 1 + tokens.length;
  });
  const text = new Uint16Array(starts.at(-1) ?? 0);
  passages.forEach(({ tokens, isDocumentStart }, index) => {
    const start = starts[index] as number;
    text[start] = isDocumentStart ? startId : breakId;
    text.set(tokens, start + 1);
  });
  return {
    text,
    starts,
    leads: Uint16Array.from(passages, ({ leadCount }) => leadCount),
    hashes: Int32Array.from(passages, ({ hash }) => hash),
  };
}

/** The positions of all counted tokens by what stands before them read backwards. */
function* sortByContext({ text, starts, leads }: Layout, vocabularySize: number): Generator<void, Int32Array> {
  const isContextOnly = new Uint8Array(text.length);
  leads.forEach((lead, index) => {
    const start = starts[index] as number;
    isContextOnly.fill(1, start, start + 1 + lead);
  });
  // The context before position p, read backwards, is the suffix of the reversed text that starts at length − p.
  const positions = yield* sortSuffixesInSteps(text.toReversed(), vocabularySize);
  let kept = 0;
  for (const suffix of positions) {
    const position = text.length - suffix;
    if (position < text.length && isContextOnly[position] === 0) {
      positions[kept++] = position;
    }
  }
  return positions.slice(0, kept);
}
