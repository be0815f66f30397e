import { mixWord } from "./contentHash.ts";

/** What is kept of a text in order to tell whether another one is much the same. */
export interface TextSketch {
  /** Hashes of the distinct lines, ascending; empty for a text without any line worth comparing. */
  readonly lineHashes: Uint32Array;
  /** The MinHash signature of those lines, `BAND_COUNT * ROWS_PER_BAND` words. */
  readonly signature: Uint32Array;
}

/**
 * The sketch of a text: its lines without indentation, each cut at the ends of sentences too, so that prose kept one
 * paragraph to a line is compared by the sentence.
 */
export function sketchText(text: string): TextSketch {
  const lineHashes = hashLines(text);
  const signature = new Uint32Array(BAND_COUNT * ROWS_PER_BAND).fill(0xffffffff);
  for (const hash of lineHashes) {
    for (let i = 0; i < signature.length; i++) {
      // A member of a family of permutations for each row: odd multipliers are invertible modulo 2^32.
      const permuted = Math.imul(hash ^ (OFFSETS[i] ?? 0), MULTIPLIERS[i] ?? 1) >>> 0;
      if (permuted < (signature[i] ?? 0)) {
        signature[i] = permuted;
      }
    }
  }
  return { lineHashes, signature };
}

/**
 * Groups texts that are the same or nearly so: for each text the index of its group's first member, in order of the
 * sketches. Two texts belong together when they share at least `minSimilarity` of their distinct lines (Jaccard), and
 * groups are closed under that.
 *
 * MinHash of Broder (1997) with the banding of Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3:
 * b bands of r rows bring a pair of similarity s together with probability 1 − (1 − s^r)^b, here 0.992 at 0.6. Candidates
 * are compared exactly.
 */
export function groupNearDuplicates(
  sketches: readonly TextSketch[],
  minSimilarity: number = DEFAULT_MIN_SIMILARITY,
): readonly number[] {
  const groups = new DisjointSets(sketches.length);
  const buckets = new Map<string, number[]>();
  for (const [index, sketch] of sketches.entries()) {
    if (sketch.lineHashes.length === 0) {
      continue;
    }
    for (let band = 0; band < BAND_COUNT; band++) {
      const rows = sketch.signature.subarray(band * ROWS_PER_BAND, (band + 1) * ROWS_PER_BAND);
      const key = `${String(band)}:${rows.join(",")}`;
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [index]);
      } else if (!joinBucket({ sketches, groups, bucket, index, minSimilarity })) {
        bucket.push(index);
      }
    }
  }
  return sketches.map((_, index) => groups.first(index));
}

/**
 * A version of a file with a quarter of its lines changed has 0.6. (Allamanis 2019, "The adverse effects of code
 * duplication", takes 0.7 to 0.8 on tokens; a changed token changes its whole line.)
 */
export const DEFAULT_MIN_SIMILARITY = 0.6;

const BAND_COUNT = 20;
const ROWS_PER_BAND = 3;

const MULTIPLIERS = Uint32Array.from({ length: BAND_COUNT * ROWS_PER_BAND }, (_, i) => mixWord(2 * i + 1) | 1);
const OFFSETS = Uint32Array.from({ length: BAND_COUNT * ROWS_PER_BAND }, (_, i) => mixWord(2 * i + 2));

/** Lines of fewer characters, `}` and the like, say nothing about where a text comes from. */
const MIN_LINE_LENGTH = 4;

function hashLines(text: string): Uint32Array {
  const hashes: number[] = [];
  let hash = 0;
  let length = 0;
  let spaceCount = 0;
  let previous = 0;
  const close = (): void => {
    if (length >= MIN_LINE_LENGTH) {
      hashes.push(mixWord(hash));
    }
    hash = 0;
    length = 0;
    spaceCount = 0;
  };
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10) {
      close();
    } else if (unit === 32 || unit === 9) {
      const isSentenceEnd = previous === 46 || previous === 33 || previous === 63; // . ! ?
      if (isSentenceEnd && length > 20) {
        close();
      }
      spaceCount = length === 0 ? 0 : 1;
    } else {
      // A run of blanks between words counts as one, and none at a line's ends.
      hash = Math.imul(hash ^ (unit + (spaceCount << 16)), 0x01000193);
      spaceCount = 0;
      length++;
    }
    previous = unit;
  }
  close();
  const sorted = Uint32Array.from(hashes).sort();
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}

interface BucketJoin {
  readonly sketches: readonly TextSketch[];
  readonly groups: DisjointSets;
  readonly bucket: readonly number[];
  readonly index: number;
  readonly minSimilarity: number;
}

/** In a bucket that holds this many unlike texts, more comparisons would cost more than they find. */
const MAX_COMPARISONS = 16;

/** Joins a text with the first in its bucket that it resembles; true when they are in one group afterwards. */
function joinBucket({ sketches, groups, bucket, index, minSimilarity }: BucketJoin): boolean {
  for (const other of bucket.slice(0, MAX_COMPARISONS)) {
    const [a, b] = [sketches[other], sketches[index]];
    const isSameGroup = groups.first(other) === groups.first(index);
    if (isSameGroup || (a !== undefined && b !== undefined && similarity(a, b) >= minSimilarity)) {
      groups.join(other, index);
      return true;
    }
  }
  return false;
}

/** Shared lines as a share of all distinct lines of both, in [0, 1]. */
export function similarity(a: TextSketch, b: TextSketch): number {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.lineHashes.length && j < b.lineHashes.length) {
    const difference = (a.lineHashes[i] ?? 0) - (b.lineHashes[j] ?? 0);
    shared += difference === 0 ? 1 : 0;
    i += difference <= 0 ? 1 : 0;
    j += difference >= 0 ? 1 : 0;
  }
  const union = a.lineHashes.length + b.lineHashes.length - shared;
  return union === 0 ? 0 : shared / union;
}

/** Union-find whose representative is the smallest index. */
class DisjointSets {
  readonly #parents: number[];

  public constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, index) => index);
  }

  public first(index: number): number {
    let root = index;
    while (this.#parents[root] !== root) {
      root = this.#parents[root] ?? root;
    }
    for (let i = index; i !== root;) {
      const next = this.#parents[i] ?? root;
      this.#parents[i] = root;
      i = next;
    }
    return root;
  }

  public join(a: number, b: number): void {
    const [rootA, rootB] = [this.first(a), this.first(b)];
    this.#parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }
}
