import * as tf from "@tensorflow/tfjs-core";
import { blocks, clearLanes, projectSteps, recur, type SequenceLayer } from "./sequenceLayer.ts";

/**
 * The recurrent highway network of Zilly et al. (2017), equations 7 to 9, with the carry gate coupled, c = 1 − t: through
 * l = 1 … L, sₗ = hₗ·tₗ + sₗ₋₁·(1 − tₗ) with hₗ = tanh(x·W_H·[l = 1] + sₗ₋₁·R_H + b_H) and tₗ = σ(x·W_T·[l = 1] + sₗ₋₁·R_T + b_T); blocks h, t.
 */
export const highwayLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }, { depth }) => [
    { name: "inputKernel", shape: [I, 2 * H] },
    ...Array.from({ length: depth }, (_, level) => [
      { name: `${level}/recurrentKernel`, shape: [H, 2 * H] },
      { name: `${level}/bias`, shape: [2 * H] },
    ]).flat(),
  ],
  stateShapes: ({ hiddenSize }, { laneCount }) => [{ name: "s", shape: [laneCount, hiddenSize] }],
  // At first most of the state passes through unchanged.
  initialBias: ({ hiddenSize: H }, { depth }) =>
    Array.from({ length: depth }, (_, level) => ({ name: `${level}/bias`, from: H, to: 2 * H, value: -2 })),
  run: (call) => {
    const { weight, window, kernels, depth } = call;
    let s = call.state[0] as tf.Tensor2D;
    const steps = projectSteps(call, { kernel: weight("inputKernel"), bias: weight("0/bias") });
    const outputs = steps.map((x, t) => {
      s = clearLanes(s, t, window);
      for (let level = 0; level < depth; level++) {
        const kernel = weight(`${level}/recurrentKernel`) as tf.Tensor2D;
        const z =
          level === 0
            ? tf.add<tf.Tensor2D>(x, recur(call, s, kernel))
            : kernels.affine({ x: s, kernel, isTransposed: false, bias: weight(`${level}/bias`) as tf.Tensor1D });
        const [h, transform] = blocks(z, 2) as [tf.Tensor2D, tf.Tensor2D];
        s = tf.add(s, tf.mul(tf.sigmoid(transform), tf.sub(tf.tanh(h), s)));
      }
      return s;
    });
    return { h: tf.stack(outputs) as tf.Tensor3D, state: [tf.keep(s.clone())] };
  },
};
