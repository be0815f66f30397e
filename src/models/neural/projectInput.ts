import * as tf from "@tensorflow/tfjs-core";
import type { LstmCall, LstmWeights, ProjectionMath } from "./neuralKernels.ts";

/** x·W + b for a window: a row for every step and lane, or one for every distinct token, to be picked by `ids`. */
export interface ProjectedInput {
  /** [T·B, O], or [U, O]; O is 4H for an LSTM */
  readonly rows: tf.Tensor2D;
  /** int32 [T·B], the row of each step and lane; null where each has its own */
  readonly ids: tf.Tensor1D | null;
}

/** The rows of a window's input. */
interface InputRows {
  /** [T·B, I], or [U, I] */
  readonly x: tf.Tensor2D;
  /** As in `ProjectedInput`. */
  readonly ids: tf.Tensor1D | null;
}

/** What a recurrent layer reads, and with which weights: [I, O] and [O]. */
interface ProjectionCall extends Pick<LstmCall, "input" | "window"> {
  readonly weights: Pick<LstmWeights, "inputKernel" | "bias">;
}

/**
 * The part of a recurrent layer that needs no recurrence: x·W + b for the whole window as one product.
 * A token is projected once, however often the window has it: 15 to 33 % of the rows in source code (docs/benchmarks.md).
 */
export function projectInput(call: ProjectionCall, math: ProjectionMath): ProjectedInput {
  const { inputKernel: kernel, bias } = call.weights;
  const { x, ids } = readInput(call, math);
  return { rows: math.affine({ x, kernel, isTransposed: false, bias }), ids };
}

/** What a recurrent layer reads, with a row for every step and lane, or for every distinct token. */
export function readInput(
  { input, window }: Pick<LstmCall, "input" | "window">,
  math: Pick<ProjectionMath, "lookUp">,
): InputRows {
  if (input.kind === "tokens") {
    return { x: math.lookUp(input.table, input.tokens.distinct), ids: input.tokens.places };
  }
  const { windowTokens: T, laneCount: B } = window;
  return { x: tf.reshape<tf.Rank.R2>(input.x, [T * B, input.x.shape[2]]), ids: null };
}
