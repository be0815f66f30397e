import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../../../base/rng.ts";
import { maskValues } from "../dropoutMasks.ts";

/**
 * Drops units of [T, B, H]. Locked, one mask serves all steps of the window (Gal and Ghahramani 2016; Merity et al. 2018, section 4.2), so that
 * a lane forgets the same units from its beginning to its end; else every step has its own (Zaremba et al. 2014).
 */
export function lockedDropout(
  x: tf.Tensor3D,
  { rate, isLocked, rng }: { readonly rate: number; readonly isLocked: boolean; readonly rng: Rng },
): tf.Tensor3D {
  if (rate === 0) {
    return x;
  }
  const [T, B, H] = x.shape;
  const shape: [number, number, number] = [isLocked ? 1 : T, B, H];
  return tf.mul(x, tf.tensor3d(maskValues(shape[0] * B * H, rate, rng), shape));
}
