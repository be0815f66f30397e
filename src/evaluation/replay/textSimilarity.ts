/**
 * Whether the matching characters of two texts are at least `share` of all of them, matched as by Ratcliff and Metzener (1988):
 * the longest common substring, and then the same left and right of it.
 * @param share in [0, 1]
 */
export function areSimilar(a: string, b: string, share: number): boolean {
  const units = a.length + b.length;
  // No match can have more characters than the shorter text, nor than both texts have in common in any order.
  return (
    2 * Math.min(a.length, b.length) >= share * units &&
    2 * commonUnits(a, b) >= share * units &&
    2 * matchingUnits(a, b) >= share * units
  );
}

/** UTF-16 units that both texts have, wherever they stand. */
function commonUnits(a: string, b: string): number {
  const counts = new Map<number, number>();
  for (let index = 0; index < a.length; index++) {
    const unit = a.charCodeAt(index);
    counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  let common = 0;
  for (let index = 0; index < b.length; index++) {
    const unit = b.charCodeAt(index);
    const left = counts.get(unit) ?? 0;
    if (left > 0) {
      counts.set(unit, left - 1);
      common++;
    }
  }
  return common;
}

function matchingUnits(a: string, b: string): number {
  let matching = 0;
  const open = [{ a, b }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { inA, inB, length } = longestCommonPart(pair.a, pair.b);
    if (length > 0) {
      matching += length;
      open.push({ a: pair.a.slice(0, inA), b: pair.b.slice(0, inB) });
      open.push({ a: pair.a.slice(inA + length), b: pair.b.slice(inB + length) });
    }
  }
  return matching;
}

interface CommonPart {
  readonly inA: number;
  readonly inB: number;
  readonly length: number;
}

function longestCommonPart(a: string, b: string): CommonPart {
  let best: CommonPart = { inA: 0, inB: 0, length: 0 };
  /** Length of the common part that ends before each place of `b`, for the character of `a` at hand. */
  let lengths = new Uint32Array(b.length + 1);
  for (let inA = 0; inA < a.length; inA++) {
    const next = new Uint32Array(b.length + 1);
    for (let inB = 0; inB < b.length; inB++) {
      if (a.charCodeAt(inA) !== b.charCodeAt(inB)) {
        continue;
      }
      const length = (lengths[inB] as number) + 1;
      next[inB + 1] = length;
      if (length > best.length) {
        best = { inA: inA + 1 - length, inB: inB + 1 - length, length };
      }
    }
    lengths = next;
  }
  return best;
}
