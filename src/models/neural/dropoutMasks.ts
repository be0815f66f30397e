import * as tf from "@tensorflow/tfjs-core";
import { createRng, type Rng } from "../../base/rng.ts";

export interface DropoutCall {
  /** In [0, 1) */
  readonly rate: number;
  /** Decides which units are dropped. */
  readonly seed: number;
  readonly layerCount: number;
  readonly laneCount: number;
  readonly hiddenSize: number;
}

/** One mask a layer, float32 [1, B, H]: 0 with probability `rate`, else 1 / (1 − rate). The caller owns them. */
export function createDropoutMasks(call: DropoutCall): readonly tf.Tensor3D[] {
  const { rate, seed, layerCount, laneCount, hiddenSize } = call;
  const rng = createRng(seed);
  return Array.from({ length: layerCount }, () =>
    tf.tensor3d(maskValues(laneCount * hiddenSize, rate, rng), [1, laneCount, hiddenSize]),
  );
}

/** What units are multiplied by: 0 with probability `rate`, else 1 / (1 − rate), so that the mean stays what it was. */
export function maskValues(size: number, rate: number, rng: Rng): Float32Array {
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  for (let index = 0; index < size; index++) {
    mask[index] = rng.next() < rate ? 0 : kept;
  }
  return mask;
}
