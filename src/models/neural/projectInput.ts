import * as tf from "@tensorflow/tfjs-core";
import type { LstmCall, ProjectionMath } from "./neuralKernels.ts";

/**
 * The part of an LSTM that needs no recurrence: x·W + b for the whole window as one product.
 * Rows of a small table are projected before they are picked: V rows instead of T·B.
 * @returns [T, B, 4H]
 */
export function projectInput({ input, weights, window }: LstmCall, math: ProjectionMath): tf.Tensor3D {
  const { windowTokens: T, laneCount: B } = window;
  const { inputKernel, bias } = weights;
  const width = inputKernel.shape[1];
  if (input.kind === "tokens" && input.table.shape[0] < T * B) {
    const rows = tf.add<tf.Tensor2D>(math.product(input.table, inputKernel), bias); // [V, 4H]
    return tf.reshape(math.lookUp(rows, input.ids), [T, B, width]);
  }
  const x =
    input.kind === "tokens"
      ? math.lookUp(input.table, input.ids)
      : tf.reshape<tf.Rank.R2>(input.x, [T * B, input.x.shape[2]]); // [T·B, I]
  return tf.reshape(tf.add(math.product(x, inputKernel), bias), [T, B, width]);
}
