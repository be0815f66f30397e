import type { SignedRange } from "./signedRanges.ts";
import type { SuccessorTally } from "./successorTally.ts";

/**
 * Adds for each token in how many different contexts of one more token it followed the context of `ranges`: N₁₊(• c w) of
 * Kneser and Ney (1995). Distinct predecessors do not add up over segments, so the pairs are brought together first.
 * @param ranges of one context of `depth` tokens
 */
export function continuationsOf(
  ranges: readonly SignedRange[],
  { depth, tally }: { readonly depth: number; readonly tally: SuccessorTally },
): void {
  const learnt = pairsOf(
    ranges.filter(({ sign }) => sign > 0),
    depth,
  );
  const forgotten = pairsOf(
    ranges.filter(({ sign }) => sign < 0),
    depth,
  );
  let next = 0;
  for (let index = 0; index < learnt.length;) {
    const pair = learnt[index] as number;
    const start = index;
    while (index < learnt.length && learnt[index] === pair) {
      index++;
    }
    const nextStart = next;
    while (next < forgotten.length && forgotten[next] === pair) {
      next++;
    }
    if (index - start > next - nextStart) {
      tally.add(pair & 0xffff, 1);
    }
  }
}

/** Predecessor and successor of every entry in one number each, sorted. */
function pairsOf(ranges: readonly SignedRange[], depth: number): Uint32Array {
  const pairs = new Uint32Array(ranges.reduce((sum, { range }) => sum + range.to - range.from, 0));
  let filled = 0;
  for (const { segment, range } of ranges) {
    for (let entry = range.from; entry < range.to; entry++) {
      // The context before an entry never begins before its document's START, which ends every query.
      const predecessor = segment.tokenBefore(entry, depth + 1) ?? 0;
      pairs[filled++] = ((predecessor << 16) | segment.successor(entry)) >>> 0;
    }
  }
  return pairs.sort();
}
