import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../../../base/rng.ts";
import { maskValues } from "../dropoutMasks.ts";

/**
 * Drops whole words from the embedding for a window (Gal and Ghahramani 2016; Merity et al. 2018, section 4.3): a token that is dropped is zero
 * wherever it occurs, and the others are scaled by 1 / (1 − rate).
 * @param vectors of the window's distinct tokens, [U, E]
 */
export function embeddingDropout(
  vectors: tf.Tensor2D,
  { rate, rng }: { readonly rate: number; readonly rng: Rng },
): tf.Tensor2D {
  if (rate === 0) {
    return vectors;
  }
  const [U] = vectors.shape;
  return tf.mul(vectors, tf.tensor2d(maskValues(U, rate, rng), [U, 1]));
}
