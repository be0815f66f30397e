import type { CountKind } from "./contextQuery.ts";
import type { CountIndex } from "./countIndex.ts";
import type { CountSegment } from "./countSegment.ts";
import { SuccessorTally } from "./successorTally.ts";

/** How many n-grams of one length have count 1, 2, 3 and 4. */
export type CountsOfCounts = readonly [ones: number, twos: number, threes: number, fours: number];

export interface CountsOfCountsOptions {
  /** N */
  readonly order: number;
  readonly kind: CountKind;
}

/**
 * For contexts of 0 to N − 1 tokens, how many n-grams made of such a context and a token have each small count; one pass over the
 * sorted documents for each length. Of kind "continuations", n-grams of N tokens and those at the start of a document keep
 * their occurrences, for nothing is longer.
 */
export function countsOfCounts(index: CountIndex, { order, kind }: CountsOfCountsOptions): readonly CountsOfCounts[] {
  const segment = index.wholeSegment();
  const extents = measureExtents(segment, { marks: [index.startId, index.breakId], most: order });
  const tally = new SuccessorTally(index.vocabularySize);
  const lastRuns = new Int32Array(index.vocabularySize);
  return Array.from({ length: order }, (_, depth) =>
    countAtDepth({ segment, extents, tally, lastRuns, depth, isRaw: kind === "occurrences" || depth === order - 1 }),
  );
}

interface Extents {
  /** For each entry how long its context is, START included. */
  readonly available: Uint8Array;
  /** For each entry how many tokens of context it has in common with the one before it. */
  readonly common: Uint8Array;
}

/** @param most longer contexts are taken for that long; at most 255 */
function measureExtents(
  segment: CountSegment,
  { marks, most }: { readonly marks: readonly (number | undefined)[]; readonly most: number },
): Extents {
  const available = new Uint8Array(segment.entryCount);
  const common = new Uint8Array(segment.entryCount);
  for (let entry = 0; entry < segment.entryCount; entry++) {
    let length = 0;
    let agreed = entry === 0 ? -1 : 0;
    while (length < most) {
      length++;
      const token = segment.tokenBefore(entry, length);
      if (agreed === length - 1 && segment.tokenBefore(entry - 1, length) === token) {
        agreed = length;
      }
      if (marks.includes(token)) {
        break;
      }
    }
    available[entry] = length;
    common[entry] = Math.max(0, agreed);
  }
  return { available, common };
}

interface DepthPass {
  readonly segment: CountSegment;
  readonly extents: Extents;
  readonly tally: SuccessorTally;
  /** Scratch [V]: the run in which each token was seen last. */
  readonly lastRuns: Int32Array;
  readonly depth: number;
  readonly isRaw: boolean;
}

function countAtDepth({ segment, extents, tally, lastRuns, depth, isRaw }: DepthPass): CountsOfCounts {
  const { available, common } = extents;
  const found: [number, number, number, number] = [0, 0, 0, 0];
  lastRuns.fill(0);
  tally.clear();
  // A run is what has one more token of context in common; runs of one context lie side by side.
  let run = 0;
  for (let entry = 0; entry < segment.entryCount; entry++) {
    const shared = common[entry] as number;
    if (entry === 0 || shared < depth) {
      flush(tally, found);
    }
    if (entry === 0 || shared <= depth) {
      run++;
    }
    if ((available[entry] as number) < depth) {
      continue;
    }
    const token = segment.successor(entry);
    const isCounted = isRaw || (depth > 0 && available[entry] === depth) || lastRuns[token] !== run;
    lastRuns[token] = run;
    tally.add(token, isCounted ? 1 : 0);
  }
  flush(tally, found);
  return found;
}

function flush(tally: SuccessorTally, found: [number, number, number, number]): void {
  for (let index = 0; index < tally.size; index++) {
    const count = tally.count(tally.token(index));
    if (count >= 1 && count <= 4) {
      found[count - 1] = (found[count - 1] as number) + 1;
    }
  }
  tally.clear();
}
