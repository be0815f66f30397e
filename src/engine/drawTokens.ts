import type { Rng } from "../base/rng.ts";
import type { TokenLaw } from "../protocol/timingMessages.ts";

/**
 * Tokens in [0, V) at random: all equally likely, or by Zipf's law, p(v) ∝ 1 / (v + 1), which the pieces of source code keep to closely enough that a window has as many
 * distinct ones (`docs/benchmarks.md`).
 */
export function drawTokens(
  count: number,
  { vocabularySize, law, rng }: { readonly vocabularySize: number; readonly law: TokenLaw; readonly rng: Rng },
): Int32Array {
  if (law === "uniform") {
    return Int32Array.from({ length: count }, () => rng.nextInt(vocabularySize));
  }
  const upTo = new Float64Array(vocabularySize);
  let sum = 0;
  for (let v = 0; v < vocabularySize; v++) {
    sum += 1 / (v + 1);
    upTo[v] = sum;
  }
  return Int32Array.from({ length: count }, () => {
    const at = rng.next() * sum;
    let least = 0;
    let most = vocabularySize - 1;
    while (least < most) {
      const middle = (least + most) >>> 1;
      if ((upTo[middle] as number) > at) {
        most = middle;
      } else {
        least = middle + 1;
      }
    }
    return least;
  });
}
