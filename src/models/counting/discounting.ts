import type { CountKind } from "./contextQuery.ts";
import { discountedMass, discountOf, type Discounts } from "./discounts.ts";
import { interpolate } from "./interpolation.ts";
import type { Smoothing, SmoothingName } from "./smoothing.ts";

/**
 * What is taken off each count goes to the shorter context: p(w | c) = (count(c w) − D(count(c w))) / count(c) + γ(c) p(w | shorter c),
 * γ(c) count(c) being all that was taken off (Chen and Goodman 1998, eq. 18 and 24).
 */
function discounting(
  discounts: readonly Discounts[],
  { name, countKind }: { readonly name: SmoothingName; readonly countKind: CountKind },
): Smoothing {
  return interpolate({
    name,
    countKind,
    share: (count, { total, depth }) => (count - discountOf(discounts, { depth, count })) / total,
    backoff: (context) => discountedMass(discounts, context) / context.total,
  });
}

/**
 * Absolute discounting (Ney, Essen and Kneser 1994), interpolated.
 * @param discounts for contexts of 0, 1, … tokens, from occurrences
 */
export function absoluteDiscounting(discounts: readonly Discounts[]): Smoothing {
  return discounting(discounts, { name: "absoluteDiscounting", countKind: "occurrences" });
}

/**
 * Interpolated Kneser-Ney: absolute discounting where the shorter contexts count in how many different longer ones a token
 * followed them (Kneser and Ney 1995; Chen and Goodman 1998, section 4.1.6). The longest context, and one that begins its
 * document, keeps its occurrences.
 *
 * Continuations do not add up over documents. They are made when they are asked for and kept until the next `learn` or `forget`: the first
 * answers after a change take longer than those of the other smoothings.
 * @param discounts for contexts of 0, 1, … tokens, from continuations
 */
export function kneserNey(discounts: readonly Discounts[]): Smoothing {
  return discounting(discounts, { name: "kneserNey", countKind: "continuations" });
}

/** `kneserNey` with a discount each for counts of 1, of 2 and of more (Chen and Goodman 1998). */
export function modifiedKneserNey(discounts: readonly Discounts[]): Smoothing {
  return discounting(discounts, { name: "modifiedKneserNey", countKind: "continuations" });
}
