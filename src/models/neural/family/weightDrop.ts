import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../../../base/rng.ts";
import { maskValues } from "../dropoutMasks.ts";

/**
 * Drops elements of a recurrent matrix for a whole window (DropConnect of Wan et al. 2013, as in Merity et al. 2018, section 2): the same ones at
 * every step, and the others are scaled by 1 / (1 − rate). The gradient goes to the elements that are kept.
 */
export function weightDrop(kernel: tf.Tensor, { rate, rng }: { readonly rate: number; readonly rng: Rng }): tf.Tensor {
  return rate === 0 ? kernel : tf.mul(kernel, tf.tensor(maskValues(kernel.size, rate, rng), kernel.shape));
}
