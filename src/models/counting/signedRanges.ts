import type { ContextQuery } from "./contextQuery.ts";
import type { ContextRange, CountSegment } from "./countSegment.ts";
import type { SuccessorTally } from "./successorTally.ts";

/** Part of a segment whose documents were learnt (1) or forgotten (−1). */
export interface SignedRange {
  readonly segment: CountSegment;
  readonly sign: 1 | -1;
  /** Whether the segment stays while documents are edited. */
  readonly isSteady: boolean;
  readonly range: ContextRange;
}

/** The ranges of a longer context, of `to` tokens in place of `from`; empty ones are left out. */
export function narrowAll(
  ranges: readonly SignedRange[],
  { from, to, recent }: { readonly from: number; readonly to: number; readonly recent: Int32Array },
): SignedRange[] {
  const narrowed: SignedRange[] = [];
  for (const { segment, sign, isSteady, range } of ranges) {
    let inner = range;
    for (let depth = from; depth < to && inner.from < inner.to; depth++) {
      inner = segment.narrow(inner, { depth, recent });
    }
    if (inner.from < inner.to) {
      narrowed.push({ segment, sign, isSteady, range: inner });
    }
  }
  return narrowed;
}

/** How often a context occurs in the documents learnt and not forgotten. */
export function netCount(ranges: readonly SignedRange[]): number {
  return ranges.reduce((sum, { sign, range }) => sum + sign * (range.to - range.from), 0);
}

/** Adds what is in the outer ranges and not in the inner ones, which lie inside. */
export function addDifference(
  tally: SuccessorTally,
  { outer, inner }: { readonly outer: readonly SignedRange[]; readonly inner: readonly SignedRange[] },
): void {
  let next = 0;
  for (const { segment, sign, range } of outer) {
    // Both lists are in the order of the segments.
    const within = inner[next]?.segment === segment ? inner[next++]?.range : undefined;
    if (within === undefined) {
      segment.addSuccessors(tally, { range, sign });
      continue;
    }
    segment.addSuccessors(tally, { range: { from: range.from, to: within.from }, sign });
    segment.addSuccessors(tally, { range: { from: within.to, to: range.to }, sign });
  }
}

/** For each depth from 0 the ranges of the context of that many tokens, while it occurs. */
export function rangesByDepth(
  parts: readonly SignedRange[],
  { recent, length, maxDepth }: ContextQuery,
): readonly SignedRange[][] {
  const depths = [[...parts]];
  const most = Math.min(length, maxDepth);
  for (let depth = 0; depth < most; depth++) {
    const narrowed = narrowAll(depths[depth] as readonly SignedRange[], { from: depth, to: depth + 1, recent });
    if (netCount(narrowed) <= 0) {
      break;
    }
    depths.push(narrowed);
  }
  return depths;
}
