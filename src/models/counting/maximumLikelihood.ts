import { interpolate } from "./interpolation.ts";
import type { Smoothing } from "./smoothing.ts";

/**
 * Relative frequencies after the longest context that ever occurred: p(w | c) = count(c w) / count(c). What never followed it
 * is impossible, so held-out text usually has no finite score; with unbounded contexts this is the ∞-gram of Liu et al. (2024).
 */
export function maximumLikelihood(): Smoothing {
  return interpolate({
    name: "maximumLikelihood",
    countKind: "occurrences",
    share: (count, { total }) => count / total,
    backoff: () => 0,
  });
}
