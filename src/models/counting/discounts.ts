import type { CountsOfCounts } from "./countsOfCounts.ts";

/** What is taken off counts of 1, of 2, and of 3 and more. */
export interface Discounts {
  readonly one: number;
  readonly two: number;
  readonly more: number;
  /** Whether the closed form gave nothing usable and these are the customary ones in its place. */
  readonly isFallback: boolean;
}

/**
 * What is taken where the closed forms break: they assume that counts of 1 are more frequent than counts of 2 and so on,
 * and repetitive text, such as code with licence headers, is not like that.
 */
const FALLBACK: Discounts = { one: 0.5, two: 1, more: 1.5, isFallback: true };

/**
 * The single discount of Ney, Essen and Kneser (1994) for contexts of each length: D = n₁ / (n₁ + 2 n₂); 0.5 where one of the two is 0.
 */
export function singleDiscounts(counts: readonly CountsOfCounts[]): readonly Discounts[] {
  return counts.map(([ones, twos]) => {
    if (ones === 0 || twos === 0) {
      return { one: 0.5, two: 0.5, more: 0.5, isFallback: true };
    }
    const discount = ones / (ones + 2 * twos);
    return { one: discount, two: discount, more: discount, isFallback: false };
  });
}

/**
 * The three discounts of Chen and Goodman (1998, eq. 26) for contexts of each length: Y = n₁ / (n₁ + 2 n₂), Dᵢ = i − (i + 1) Y nᵢ₊₁ / nᵢ;
 * 0.5, 1 and 1.5 where a count of counts is 0 or a discount falls outside [0, i].
 */
export function tripleDiscounts(counts: readonly CountsOfCounts[]): readonly Discounts[] {
  return counts.map(([ones, twos, threes, fours]) => {
    const y = ones / (ones + 2 * twos);
    const one = 1 - (2 * y * twos) / ones;
    const two = 2 - (3 * y * threes) / twos;
    const more = 3 - (4 * y * fours) / threes;
    // Written so that NaN, from a division by 0, counts as outside.
    const isUsable = one >= 0 && one <= 1 && two >= 0 && two <= 2 && more >= 0 && more <= 3;
    return isUsable ? { one, two, more, isFallback: false } : FALLBACK;
  });
}

/** The discount of a count after a context of `depth` tokens; longer contexts than there are discounts for have the last. */
export function discountOf(
  discounts: readonly Discounts[],
  { depth, count }: { readonly depth: number; readonly count: number },
): number {
  const { one, two, more } = discountsAt(discounts, depth);
  if (count === 1) {
    return one;
  }
  return count === 2 ? two : more;
}

/** Σ over the tokens seen after a context of what is taken off their counts. */
export function discountedMass(
  discounts: readonly Discounts[],
  {
    depth,
    types,
    ones,
    twos,
  }: { readonly depth: number; readonly types: number; readonly ones: number; readonly twos: number },
): number {
  const { one, two, more } = discountsAt(discounts, depth);
  return one * ones + two * twos + more * (types - ones - twos);
}

function discountsAt(discounts: readonly Discounts[], depth: number): Discounts {
  return discounts[Math.min(depth, discounts.length - 1)] ?? FALLBACK;
}
