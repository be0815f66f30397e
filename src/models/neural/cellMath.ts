import type * as tf from "@tensorflow/tfjs-core";

/** What one step leaves for the backward pass; float32 [B, H] each, gates after their nonlinearities. */
export interface StepTrace {
  readonly i: tf.Tensor2D;
  readonly g: tf.Tensor2D;
  readonly f: tf.Tensor2D;
  readonly o: tf.Tensor2D;
  readonly c: tf.Tensor2D;
  readonly tanhC: tf.Tensor2D;
  readonly cBefore: tf.Tensor2D;
  readonly hBefore: tf.Tensor2D;
}

/** What a step's gradient comes from besides its trace; float32 [B, H] each. */
export interface CellUpstream {
  readonly dc: tf.Tensor2D;
  readonly dh: tf.Tensor2D;
}

/** ∂loss/∂z [B, 4H] and ∂loss/∂c₋₁ [B, H]. */
export interface CellGradient {
  readonly dz: tf.Tensor2D;
  readonly dcBefore: tf.Tensor2D;
}

/** The operations of which an unrolled LSTM is made; the caller owns every result. */
export interface CellMath {
  add(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  mul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  sigmoid(x: tf.Tensor2D): tf.Tensor2D;
  tanh(x: tf.Tensor2D): tf.Tensor2D;
  /** a·b */
  product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** The column blocks i, g, f, o of [B, 4H], [B, H] each. */
  splitGates(z: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  /** [T, B, D] → T × [B, D] */
  unstack(x: tf.Tensor3D): readonly tf.Tensor2D[];
  /** T × [B, D] → [T, B, D] */
  stack(list: readonly tf.Tensor2D[]): tf.Tensor3D;
  /** A step's gradient for B lanes of H; made once a window, so that what all steps share is made once. */
  cellGradient(laneCount: number, hiddenSize: number): (step: StepTrace, upstream: CellUpstream) => CellGradient;
}
