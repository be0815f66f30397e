import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** Sequences side by side as tensors, as `LabelBatch` has them. Borrowed until the gradient was taken. */
export interface LabelTensors {
  readonly stepCount: number;
  readonly laneCount: number;
  /** [T, B], all 1: no lane is cleared on the way */
  readonly keep: Tensor2D;
  /** int32 [B] */
  readonly lengths: Tensor1D;
  /** int32 [T·B·F] */
  readonly ids: Tensor1D;
  /** int32 [T·B] */
  readonly mirrored: Tensor1D;
  /** int32 [B] */
  readonly ends: Tensor1D;
  /** float32 [T, B, 1] */
  readonly mask: Tensor3D;
  /** int32 [N] with N = T·B where each unit has a label, else B; each in [0, K) */
  readonly targets: Tensor1D;
  /** float32 [N] */
  readonly weights: Tensor1D;
}
