import type { ContextCounts } from "./contextCounts.ts";
import type { ContextQuery } from "./contextQuery.ts";
import { continuationsOf } from "./continuations.ts";
import { KeptLists } from "./keptLists.ts";
import { addDifference, narrowAll, netCount, rangesByDepth, type SignedRange } from "./signedRanges.ts";
import type { SuccessorTally } from "./successorTally.ts";

/** Continuations after contexts this common are worth keeping where they are dear to make. */
const KEPT_CONTINUATION_ENTRIES = 64;
/** So are occurrences after contexts this common: to add them up takes ten microseconds and more. */
const KEPT_OCCURRENCE_ENTRIES = 2048;

export interface ContextLookupOptions {
  /** The mark that stands before every document. */
  readonly startId: number;
  /** Scratch. */
  readonly tally: SuccessorTally;
}

/**
 * Finds what followed the contexts of a query in parts of an index. What follows the commonest contexts is made once and kept: of
 * steady parts until those change, of all parts until anything does. So while a document is edited only what is in it is counted anew.
 */
export class ContextLookup {
  readonly #startId: number;
  readonly #tally: SuccessorTally;
  readonly #kept = new KeptLists();
  readonly #keptOfSteady = new KeptLists();
  #steadyVersion = 0;

  public constructor({ startId, tally }: ContextLookupOptions) {
    this.#startId = startId;
    this.#tally = tally;
  }

  /** Bytes of what is kept at the moment. */
  public get byteLength(): number {
    return this.#kept.byteLength + this.#keptOfSteady.byteLength;
  }

  /** Has to be told when parts changed; `steadyVersion` is another where steady ones did. */
  public didChange(steadyVersion: number): void {
    this.#kept.clear();
    if (steadyVersion !== this.#steadyVersion) {
      this.#steadyVersion = steadyVersion;
      this.#keptOfSteady.clear();
    }
  }

  /** Adds to `counts` what followed the contexts of a query, the longest first; contexts that never occurred are left out. */
  public collect(parts: readonly SignedRange[], query: ContextQuery, counts: ContextCounts): void {
    const depths = rangesByDepth(parts, query);
    const deepest = depths.length - 1;
    const longest =
      query.isUnbounded && deepest === query.maxDepth
        ? findLongest(depths[deepest] ?? [], { deepest, query })
        : undefined;
    this.#tally.clear();
    let inner: readonly SignedRange[] = [];
    if (longest !== undefined && longest.depth > deepest) {
      inner = longest.ranges;
      addDifference(this.#tally, { outer: inner, inner: [] });
      counts.addTally(longest.depth, this.#tally);
    }
    for (let depth = deepest; depth > 0; depth--) {
      const ranges = depths[depth] as readonly SignedRange[];
      if (this.#wantsContinuations(ranges, { depth, query, counts })) {
        this.#addContinuations(ranges, { depth, query, counts });
        this.#tally.clear();
        inner = [];
        continue;
      }
      this.#addOccurrences({ outer: ranges, inner }, { depth, query });
      inner = ranges;
      counts.addTally(depth, this.#tally);
    }
  }

  #wantsContinuations(ranges: readonly SignedRange[], { depth, query, counts }: LookupPlace): boolean {
    const { kind, maxContinuationEntries = Number.POSITIVE_INFINITY } = query;
    return (
      kind === "continuations" &&
      (counts.levels.length > 0 || !isWhole(depth, { query, startId: this.#startId })) &&
      netCount(ranges) <= maxContinuationEntries
    );
  }

  /** Brings the tally from the inner ranges, which it holds, to the outer ones. */
  #addOccurrences(
    { outer, inner }: { readonly outer: readonly SignedRange[]; readonly inner: readonly SignedRange[] },
    { depth, query }: Omit<LookupPlace, "counts">,
  ): void {
    const steady = outer.filter(({ isSteady }) => isSteady);
    if (netCount(steady) < KEPT_OCCURRENCE_ENTRIES) {
      addDifference(this.#tally, { outer, inner });
      return;
    }
    const key = keyOf("occurrences", { depth, query });
    const kept = this.#keptOfSteady.get(key);
    this.#tally.clear();
    if (kept === undefined) {
      addDifference(this.#tally, { outer: steady, inner: [] });
      this.#keptOfSteady.set(key, this.#tally.copy());
    } else {
      this.#tally.addList(kept);
    }
    addDifference(this.#tally, { outer: outer.filter(({ isSteady }) => !isSteady), inner: [] });
  }

  #addContinuations(ranges: readonly SignedRange[], { depth, query, counts }: LookupPlace): void {
    const isKept = netCount(ranges) >= KEPT_CONTINUATION_ENTRIES;
    const lists = ranges.every(({ isSteady }) => isSteady) ? this.#keptOfSteady : this.#kept;
    const key = isKept ? keyOf("continuations", { depth, query }) : "";
    const kept = isKept ? lists.get(key) : undefined;
    this.#tally.clear();
    if (kept === undefined) {
      continuationsOf(ranges, { depth, tally: this.#tally });
      if (isKept) {
        lists.set(key, this.#tally.copy());
      }
    } else {
      this.#tally.addList(kept);
    }
    counts.addTally(depth, this.#tally);
  }
}

interface LookupPlace {
  readonly depth: number;
  readonly query: ContextQuery;
  readonly counts: ContextCounts;
}

function keyOf(kind: "occurrences" | "continuations", { depth, query }: Omit<LookupPlace, "counts">): string {
  let key = kind === "occurrences" ? "o" : "c";
  for (let back = 0; back < depth; back++) {
    key += String.fromCharCode(query.recent[back] as number);
  }
  return key;
}

/** Whether no longer context is looked up than the one of `depth` tokens: it is as long as can be, or begins its document. */
function isWhole(
  depth: number,
  { query, startId }: { readonly query: ContextQuery; readonly startId: number },
): boolean {
  return (depth === query.maxDepth && !query.isUnbounded) || query.recent[depth - 1] === startId;
}

/** The longest context of a query that occurs, where it is longer than those of `ranges`. */
function findLongest(
  ranges: readonly SignedRange[],
  { deepest, query }: { readonly deepest: number; readonly query: ContextQuery },
): { readonly depth: number; readonly ranges: readonly SignedRange[] } {
  const { recent, length } = query;
  const matches = ranges.map(({ segment, range }) => segment.longestMatch(range, { depth: deepest, recent, length }));
  let most = Math.max(deepest, ...matches);
  let found = deepest;
  let foundRanges = ranges;
  // Without anything forgotten the first try succeeds; else the counts fall with depth, and bisection finds the last above 0.
  for (let tried = most; found < most; tried = (found + most + 1) >>> 1) {
    const triedRanges = narrowAll(foundRanges, { from: found, to: tried, recent });
    if (netCount(triedRanges) > 0) {
      found = tried;
      foundRanges = triedRanges;
    } else {
      most = tried - 1;
    }
  }
  return { depth: found, ranges: foundRanges };
}
