import * as tf from "@tensorflow/tfjs-core";
import type { LstmCall, LstmWeights, ProjectionMath } from "./neuralKernels.ts";

/** x·W + b for a window: a row for every step and lane, or one for every distinct token, to be picked by `ids`. */
export interface ProjectedInput {
  /** [T·B, O], or [U, O]; O is 4H for an LSTM */
  readonly rows: tf.Tensor2D;
  /** int32 [T·B], the row of each step and lane; null where each has its own */
  readonly ids: tf.Tensor1D | null;
}

/** What a recurrent layer reads, and with which weights: [I, O] and [O]. */
interface ProjectionCall extends Pick<LstmCall, "input" | "window"> {
  readonly weights: Pick<LstmWeights, "inputKernel" | "bias">;
}

/**
 * The part of a recurrent layer that needs no recurrence: x·W + b for the whole window as one product.
 * A token is projected once, however often the window has it: a fifth of the rows in source code.
 */
export function projectInput({ input, weights, window }: ProjectionCall, math: ProjectionMath): ProjectedInput {
  const { windowTokens: T, laneCount: B } = window;
  const { inputKernel: kernel, bias } = weights;
  if (input.kind === "tokens") {
    const x = math.lookUp(input.table, input.tokens.distinct); // [U, I]
    return { rows: math.affine({ x, kernel, isTransposed: false, bias }), ids: input.tokens.places };
  }
  const x = tf.reshape<tf.Rank.R2>(input.x, [T * B, input.x.shape[2]]); // [T·B, I]
  return { rows: math.affine({ x, kernel, isTransposed: false, bias }), ids: null };
}
