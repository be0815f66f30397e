import { interpolate } from "./interpolation.ts";
import type { Smoothing } from "./smoothing.ts";

/**
 * A context is trusted less the more different tokens followed it (Witten and Bell 1991, method C; interpolated as in Chen and
 * Goodman 1998, eq. 16): p(w | c) = (count(c w) + T(c) p(w | shorter c)) / (count(c) + T(c)), T(c) the distinct tokens after c.
 */
export function wittenBell(): Smoothing {
  return interpolate({
    name: "wittenBell",
    countKind: "occurrences",
    share: (count, { total, types }) => count / (total + types),
    backoff: ({ total, types }) => types / (total + types),
  });
}
