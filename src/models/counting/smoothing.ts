import type { ContextCounts, UnigramLevel } from "./contextCounts.ts";
import type { CountKind } from "./contextQuery.ts";
import type { SparseSums } from "./sparseSums.ts";

/**
 * Probabilities from counts, in a form that costs what was seen and not what there is:
 * p(w) = sum(w) + weight · base(w), where `base` depends on single tokens alone and few tokens have a sum.
 */
export interface Smoothing {
  readonly name: SmoothingName;
  /** What has to be counted in the shorter contexts. */
  readonly countKind: CountKind;
  /** Whether what comes out are scores that have to be divided by their sum to be probabilities. */
  readonly isScore: boolean;
  /**
   * Distribution without any context.
   * @param out float64 [V]; overwritten; 0 for START, which is never predicted
   */
  fillBase(unigrams: UnigramLevel, { startId, out }: { readonly startId: number; readonly out: Float64Array }): void;
  /**
   * Adds what the contexts say, base excluded.
   * @param base as filled from the same counts; borrowed
   * @returns the weight of `base`
   */
  addContexts(
    counts: ContextCounts,
    { sums, base }: { readonly sums: SparseSums; readonly base: Float64Array },
  ): number;
}

/** Every way to smooth there is. */
export const SMOOTHING_NAMES = [
  "maximumLikelihood",
  "addDelta",
  "hierarchicalAddDelta",
  "jelinekMercer",
  "wittenBell",
  "absoluteDiscounting",
  "kneserNey",
  "modifiedKneserNey",
  "stupidBackoff",
] as const;

export type SmoothingName = (typeof SMOOTHING_NAMES)[number];
