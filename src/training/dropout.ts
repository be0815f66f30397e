import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../base/rng.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

/**
 * The dropout rate of a pass: none in the first, where every token is new and nothing can be learnt by heart, then
 * rising (a curriculum, after Morerio et al. 2017). So a corpus too large to be read twice is learnt without dropout, and a
 * small one is not overfitted.
 * @param epoch passes already finished
 */
export function dropoutAt(epoch: number, { dropoutPerPass, maxDropout }: TrainingSettings): number {
  return Math.min(epoch * dropoutPerPass, maxDropout);
}

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
export function createDropoutMasks({
  rate,
  seed,
  layerCount,
  laneCount,
  hiddenSize,
}: DropoutCall): readonly tf.Tensor3D[] {
  const rng = createRng(seed);
  const kept = 1 / (1 - rate);
  return Array.from({ length: layerCount }, () => {
    const mask = Float32Array.from({ length: laneCount * hiddenSize }, () => (rng.next() < rate ? 0 : kept));
    return tf.tensor3d(mask, [1, laneCount, hiddenSize]);
  });
}
