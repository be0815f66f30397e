/** Bins that lie between a norm and its double: within 2.2 % of a norm is the middle of its bin. */
const BINS_PER_DOUBLING = 16;

/** How many norms fell into which bin, even in their logarithm; bins ascend. */
export type NormCounts = readonly (readonly [bin: number, count: number])[];

/** @param norm above 0 */
export function binOfNorm(norm: number): number {
  return Math.floor(Math.log2(norm) * BINS_PER_DOUBLING);
}

/** The norm in the middle of a bin. */
export function normOfBin(bin: number): number {
  return 2 ** ((bin + 0.5) / BINS_PER_DOUBLING);
}

/** The counts of all. */
export function addNormCounts(...lists: readonly NormCounts[]): NormCounts {
  const sums = new Map<number, number>();
  for (const [bin, count] of lists.flat()) {
    sums.set(bin, (sums.get(bin) ?? 0) + count);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/** Whether a value is a list of bins and counts. */
export function isNormCounts(value: unknown): value is NormCounts {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => Number.isInteger(part)))
  );
}
