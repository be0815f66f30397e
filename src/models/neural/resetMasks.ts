import * as tf from "@tensorflow/tfjs-core";
import type { LstmWindow } from "./neuralKernels.ts";

/** What the carried state is multiplied by before step t, [B, 1]; null where every lane goes on. */
export function keepAt({ keep, hasResets, laneCount }: LstmWindow, t: number): tf.Tensor2D | null {
  return hasResets[t] === true ? tf.reshape<tf.Rank.R2>(tf.slice(keep, [t, 0], [1, laneCount]), [laneCount, 1]) : null;
}
