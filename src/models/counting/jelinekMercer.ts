import { interpolate } from "./interpolation.ts";
import type { Smoothing } from "./smoothing.ts";

/** What SLP-Core (Hellendoorn and Devanbu 2017) found to be good on code. */
const DEFAULT_WEIGHT = 0.5;

/**
 * Fixed shares (Jelinek and Mercer 1980): p(w | c) = λ count(c w) / count(c) + (1 − λ) p(w | shorter c).
 * @param weights λ for contexts of 0, 1, … tokens; longer contexts have the last
 */
export function jelinekMercer(weights: readonly number[] = [DEFAULT_WEIGHT]): Smoothing {
  const weightOf = (depth: number): number => weights[Math.min(depth, weights.length - 1)] ?? DEFAULT_WEIGHT;
  return interpolate({
    name: "jelinekMercer",
    countKind: "occurrences",
    share: (count, { total, depth }) => (weightOf(depth) * count) / total,
    backoff: ({ depth }) => 1 - weightOf(depth),
  });
}
