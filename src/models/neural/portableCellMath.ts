import * as tf from "@tensorflow/tfjs-core";
import type { CellGradient, CellMath, CellUpstream, StepTrace } from "./cellMath.ts";

/** An LSTM's operations in plain tfjs. */
export const portableCellMath: CellMath = {
  add: (a, b) => tf.add(a, b),
  mul: (a, b) => tf.mul(a, b),
  sigmoid: (x) => tf.sigmoid(x),
  tanh: (x) => tf.tanh(x),
  product: (a, b) => tf.matMul(a, b),
  splitGates: (z) => tf.split(z, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
  unstack: (x) => {
    const [T, B, D] = x.shape;
    const rows = tf.reshape(x, [T * B, D]);
    return Array.from({ length: T }, (_, t) => tf.slice(rows, [t * B, 0], [B, D]) as tf.Tensor2D);
  },
  stack: (list) => tf.stack([...list]) as tf.Tensor3D,
  cellGradient: () => cellGradient,
};

/** The chain rule through one step: dC = dc + dh·o·(1 − tanh²c), then each gate times its own slope. */
function cellGradient({ i, g, f, o, tanhC, cBefore }: StepTrace, { dc, dh }: CellUpstream): CellGradient {
  const dC = tf.add(dc, tf.mul(tf.mul(dh, o), slopeOfTanh(tanhC)));
  const dzI = tf.mul(tf.mul(dC, g), slopeOfSigmoid(i));
  const dzG = tf.mul(tf.mul(dC, i), slopeOfTanh(g));
  const dzF = tf.mul(tf.mul(dC, cBefore), slopeOfSigmoid(f));
  const dzO = tf.mul(tf.mul(dh, tanhC), slopeOfSigmoid(o));
  return { dz: tf.concat2d([dzI, dzG, dzF, dzO] as tf.Tensor2D[], 1), dcBefore: tf.mul(dC, f) };
}

/** σ′ in terms of σ */
function slopeOfSigmoid(s: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(s, tf.sub(1, s));
}

/** tanh′ in terms of tanh */
function slopeOfTanh(t: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(1, tf.square(t));
}
