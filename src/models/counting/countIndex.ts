import { ContextCounts, unigramLevel, type UnigramLevel } from "./contextCounts.ts";
import { ContextLookup } from "./contextLookup.ts";
import { continuationsOf } from "./continuations.ts";
import { CountSegment } from "./countSegment.ts";
import { comparePassages, createPassage, type Passage } from "./passage.ts";
import { SegmentStack } from "./segmentStack.ts";
import type { ContextQuery, CountKind } from "./contextQuery.ts";
import type { SignedRange } from "./signedRanges.ts";
import { SuccessorTally } from "./successorTally.ts";

export interface CountIndexOptions {
  /** V, at most 65,536 */
  readonly vocabularySize: number;
  /** The mark that stands before every document. It is a context and is never predicted. */
  readonly startId: number;
  /** A token that nothing is ever predicted behind, such as END; needed where parts of documents are counted. */
  readonly breakId?: number;
}

/** Segments that come from elsewhere or go there. */
export interface SegmentExchange {
  readonly added: readonly CountSegment[];
  readonly removed: readonly CountSegment[];
}

/**
 * How often any token followed any context in the documents learnt, for contexts of any length.
 *
 * A suffix array of the documents read backwards, in segments. Why this and not its rivals:
 * - Memory: text, sorted positions and the column of successors are 8 bytes a token, histograms of the column less than one
 *   more; with pieces of three bytes that is 3 bytes a byte of text, for all orders at once. Hashed counts need 8
 *   to 12 bytes for each distinct n-gram of each order, which at order 8 is about 40 bytes a token, and cannot list what follows a
 *   context; a suffix automaton needs more still and cannot forget.
 * - Exactness: occurrences add up over documents. So what was forgotten may be counted in a second stack of segments and
 *   subtracted, and `forget` undoes `learn` to the last digit whatever was learnt before, between and after. What does not add up
 *   (distinct successors, distinct predecessors) is derived from the sums at each question.
 * - Time: sorting is linear, also where one file is there a thousand times, and the contexts of growing length are nested
 *   ranges found by bisection.
 *
 * Editing makes small segments, each of which costs every question a few microseconds; `compact` joins them when there is time.
 */
export class CountIndex {
  readonly vocabularySize: number;
  readonly startId: number;
  readonly breakId: number | undefined;
  readonly #learnt: SegmentStack;
  readonly #forgotten: SegmentStack;
  readonly #tally: SuccessorTally;
  readonly #unigramCounts: Uint32Array;
  readonly #lookup: ContextLookup;
  #unigrams: Readonly<Record<CountKind, UnigramLevel | undefined>> = {
    occurrences: undefined,
    continuations: undefined,
  };
  #ranges: readonly SignedRange[] | undefined;
  #documentCount = 0;
  #tokenCount = 0;
  #version = 0;

  public constructor({ vocabularySize, startId, breakId }: CountIndexOptions) {
    if (vocabularySize < 1 || vocabularySize > 65_536) {
      throw new RangeError(`Expected \`vocabularySize\` to be from 1 to 65536, got ${vocabularySize}`);
    }
    this.vocabularySize = vocabularySize;
    this.startId = startId;
    this.breakId = breakId;
    this.#tally = new SuccessorTally(vocabularySize);
    this.#lookup = new ContextLookup({ startId, tally: this.#tally });
    this.#unigramCounts = new Uint32Array(vocabularySize);
    const options = { vocabularySize, startId, breakId: breakId ?? startId, tally: this.#tally };
    this.#learnt = new SegmentStack(options);
    this.#forgotten = new SegmentStack(options);
  }

  /** Number of documents learnt and not forgotten, by their beginnings. */
  public get documentCount(): number {
    return this.#documentCount;
  }

  /** Number of tokens in them. */
  public get tokenCount(): number {
    return this.#tokenCount;
  }

  /** Changes with every change of the counts. */
  public get version(): number {
    return this.#version;
  }

  /** Number of sorted parts that every question has to look at. */
  public get segmentCount(): number {
    return this.#learnt.segments().length + this.#forgotten.segments().length;
  }

  /** Bytes of everything that is kept for answering. */
  public get byteLength(): number {
    const segments = [...this.#learnt.segments(), ...this.#forgotten.segments()];
    const own = this.#unigramCounts.byteLength + this.#lookup.byteLength;
    return segments.reduce((sum, { byteLength }) => sum + byteLength, own);
  }

  /**
   * Counts a document.
   * @param tokens in [0, V), without START; with END if it is to be predicted; borrowed
   */
  public learn(tokens: ArrayLike<number>): void {
    this.learnPassage(createPassage(this.#checked(tokens)));
  }

  /**
   * Undoes `learn`: every distribution is again what it would be had the document never been learnt.
   * Throws `RangeError` if no document learnt and not forgotten has these tokens.
   */
  public forget(tokens: ArrayLike<number>): void {
    this.forgetPassage(createPassage(this.#checked(tokens)));
  }

  /** Counts a passage; its tokens must be in [0, V) and none of them START. */
  public learnPassage(passage: Passage): void {
    this.#requireBreak(passage);
    if (!this.#forgotten.removeRecent(passage)) {
      this.#learnt.add(passage);
    }
    this.#change(passage, 1);
  }

  /** Undoes `learnPassage`. Throws `RangeError` if no such passage was learnt and not forgotten. */
  public forgetPassage(passage: Passage): void {
    if (!this.#learnt.removeRecent(passage)) {
      if (this.#learnt.countCopies(passage) <= this.#forgotten.countCopies(passage)) {
        throw new RangeError(
          `Expected \`tokens\` to be a document that was learnt, got ${passage.tokens.length} tokens of none`,
        );
      }
      this.#forgotten.add(passage);
    }
    this.#change(passage, -1);
  }

  /**
   * Takes in and gives back segments that were sorted elsewhere, over the same vocabulary and with the same marks; nothing is sorted here.
   * Those in `forgotten` are subtracted, and hold only passages that were learnt. Throws `RangeError` where a segment is to be given back
   * that is not here.
   */
  public exchange({
    learnt,
    forgotten,
  }: {
    readonly learnt: SegmentExchange;
    readonly forgotten: SegmentExchange;
  }): void {
    for (const [stack, { added, removed }, sign] of [
      [this.#learnt, learnt, 1],
      [this.#forgotten, forgotten, -1],
    ] as const) {
      stack.release(removed);
      stack.adopt(added);
      for (const segment of added) {
        this.#changeBy(segment, sign);
      }
      for (const segment of removed) {
        this.#changeBy(segment, sign === 1 ? -1 : 1);
      }
    }
    this.#didChange();
  }

  /** Sorts what was learnt since somebody asked last, which the next question would do otherwise. */
  public settle(): void {
    this.#learnt.segments();
    this.#forgotten.segments();
  }

  /**
   * Sorts everything anew, so that questions are as quick as they can be and forgotten documents take no room. Takes as long as
   * learning did and changes no count.
   */
  public compact(): void {
    const { added } = comparePassages(this.#forgotten.passages(), this.#learnt.passages());
    this.#learnt.replace(added);
    this.#forgotten.replace([]);
    this.#ranges = undefined;
  }

  /** Everything in one sorted part, made for the occasion where there are several. */
  public wholeSegment(): CountSegment {
    if (this.#forgotten.passages().length > 0) {
      this.compact();
    }
    const segments = this.#learnt.segments();
    const [only] = segments;
    const { vocabularySize, startId } = this;
    return segments.length === 1 && only !== undefined
      ? only
      : CountSegment.sort(this.#learnt.passages(), {
          vocabularySize,
          startId,
          breakId: this.breakId ?? startId,
          tally: this.#tally,
        });
  }

  /** Fills `counts` with what followed the contexts of a query; contexts that never occurred are left out. */
  public collect(query: ContextQuery, counts: ContextCounts): void {
    const { maxContinuationEntries = Number.POSITIVE_INFINITY } = query;
    // Where no longer context is ever asked for, single tokens are the longest n-grams there are.
    const isLongest = query.maxDepth === 0 && !query.isUnbounded;
    const unigramKind = isLongest || this.#tokenCount > maxContinuationEntries ? "occurrences" : query.kind;
    counts.clear(this.unigrams(unigramKind), Math.min(query.length, query.maxDepth));
    this.#lookup.collect(this.#parts(), query, counts);
  }

  /** The counts after nothing in particular. */
  public unigrams(kind: CountKind): UnigramLevel {
    let level = this.#unigrams[kind];
    if (level === undefined) {
      level = unigramLevel(kind === "occurrences" ? this.#unigramCounts : this.#continuationCounts());
      this.#unigrams = { ...this.#unigrams, [kind]: level };
    }
    return level;
  }

  /** An empty place for answers. */
  public createCounts(): ContextCounts {
    return new ContextCounts(this.unigrams("occurrences"));
  }

  #checked(tokens: ArrayLike<number>): Uint16Array {
    const document = new Uint16Array(tokens.length);
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index] as number;
      if (!(token >= 0 && token < this.vocabularySize) || token === this.startId) {
        throw new RangeError(
          `Expected \`tokens\` to be in [0, ${this.vocabularySize}) and not START, got ${token} at ${index}`,
        );
      }
      document[index] = token;
    }
    return document;
  }

  #requireBreak({ isDocumentStart, leadCount, tokens }: Passage): void {
    if (!isDocumentStart && this.breakId === undefined) {
      throw new TypeError("Expected `breakId` to be given where parts of documents are counted");
    }
    if (leadCount > tokens.length) {
      throw new RangeError(`Expected \`leadCount\` to be at most ${tokens.length}, got ${leadCount}`);
    }
  }

  #change({ tokens, leadCount, isDocumentStart }: Passage, sign: 1 | -1): void {
    for (let index = leadCount; index < tokens.length; index++) {
      const token = tokens[index] as number;
      this.#unigramCounts[token] = (this.#unigramCounts[token] as number) + sign;
    }
    this.#documentCount += isDocumentStart ? sign : 0;
    this.#tokenCount += sign * (tokens.length - leadCount);
    this.#didChange();
  }

  #changeBy(segment: CountSegment, sign: 1 | -1): void {
    const { tokenCounts, starts, text } = segment.parts;
    for (const [token, count] of tokenCounts.entries()) {
      this.#unigramCounts[token] = (this.#unigramCounts[token] as number) + sign * count;
    }
    for (let index = 0; index < segment.passageCount; index++) {
      this.#documentCount += text[starts[index] as number] === this.startId ? sign : 0;
    }
    this.#tokenCount += sign * segment.entryCount;
  }

  #didChange(): void {
    this.#version++;
    this.#unigrams = { occurrences: undefined, continuations: undefined };
    this.#ranges = undefined;
  }

  /** Everything, as ranges of all segments. */
  #parts(): readonly SignedRange[] {
    if (this.#ranges === undefined) {
      this.#ranges = [...rangesOf(this.#learnt, 1), ...rangesOf(this.#forgotten, -1)];
      // Looking at a stack sorts what is new there.
      this.#lookup.didChange(this.#learnt.steadyVersion + this.#forgotten.steadyVersion);
    }
    return this.#ranges;
  }

  #continuationCounts(): Uint32Array {
    const parts = this.#parts(); // Sorting what is new uses the tally.
    this.#tally.clear();
    continuationsOf(parts, { depth: 0, tally: this.#tally });
    const counts = new Uint32Array(this.vocabularySize);
    for (let index = 0; index < this.#tally.size; index++) {
      const token = this.#tally.token(index);
      counts[token] = this.#tally.count(token);
    }
    return counts;
  }
}

function rangesOf(stack: SegmentStack, sign: 1 | -1): readonly SignedRange[] {
  return stack.segments().map((segment) => ({
    segment,
    sign,
    isSteady: stack.isSteady(segment),
    range: { from: 0, to: segment.entryCount },
  }));
}
