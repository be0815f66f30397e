import * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../neuralKernels.ts";
import type { LabelHead } from "./labellerSpec.ts";
import type { LabelTensors } from "./labelTensors.ts";

interface PoolCall {
  /** [T, B, D] */
  readonly h: tf.Tensor3D;
  readonly head: Exclude<LabelHead, "each">;
  readonly hiddenSize: number;
  readonly batch: Pick<LabelTensors, "lengths" | "ends" | "mask">;
  readonly kernels: NeuralKernels;
}

/** More than any output, which are between −1 and 1. */
const FAR = 1e4;

/** One vector for each sequence, [B, D], of its own units alone: the last output of each direction, their mean, or the largest of each column. */
export function poolOutputs({ h, head, hiddenSize: H, batch, kernels }: PoolCall): tf.Tensor2D {
  const [T, B, D] = h.shape;
  const { lengths, ends, mask } = batch;
  switch (head) {
    case "last": {
      const rows = tf.reshape<tf.Rank.R2>(h, [T * B, D]);
      // What the forward direction read last is the last unit, what the backward one read last is the first.
      const forward = tf.slice(kernels.lookUp(rows, ends), [0, 0], [B, H]);
      return D === H ? forward : tf.concat([forward, tf.slice(rows, [0, H], [B, D - H])], 1);
    }
    case "mean":
      return tf.div<tf.Tensor2D>(tf.sum(tf.mul(h, mask), 0), tf.expandDims(tf.cast(lengths, "float32"), 1));
    case "max":
      return tf.max(tf.add(h, tf.mul(tf.sub(mask, 1), FAR)), 0);
  }
}
