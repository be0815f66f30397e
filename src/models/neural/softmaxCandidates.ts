import * as tf from "@tensorflow/tfjs-core";
import type { ProjectionMath } from "./neuralKernels.ts";

/** The tokens that a window's softmax sums over where it is not all of them (`CandidateSet`). Borrowed until the gradient was taken. */
export interface SoftmaxCandidates {
  /** int32 [S], distinct, each in [0, V) */
  readonly ids: tf.Tensor1D;
  /** float32 [S]: added to the scores */
  readonly shifts: tf.Tensor1D;
  /** int32 [N], each in [0, S): where each target is among them */
  readonly places: tf.Tensor1D;
}

/** A softmax and what it is to predict. */
export interface TargetSoftmax {
  /** [V, D] */
  readonly kernel: tf.Tensor2D;
  /** [V] */
  readonly bias: tf.Tensor1D;
  /** int32 [N], each in [0, V) */
  readonly targets: tf.Tensor1D;
}

/** The softmax over the candidates alone, [S, D], [S] and places in [0, S); differentiable in kernel and bias. */
export function narrowSoftmax(
  softmax: TargetSoftmax,
  candidates: SoftmaxCandidates | undefined,
  math: Pick<ProjectionMath, "lookUp">,
): TargetSoftmax {
  if (candidates === undefined) {
    return softmax;
  }
  const { ids, shifts, places } = candidates;
  const column = tf.reshape<tf.Rank.R2>(softmax.bias, [-1, 1]);
  return {
    kernel: math.lookUp(softmax.kernel, ids),
    bias: tf.add<tf.Tensor1D>(tf.reshape(math.lookUp(column, ids), [-1]), shifts),
    targets: places,
  };
}
