import * as tf from "@tensorflow/tfjs-core";
import { clearLanes, inputVectors, type SequenceLayer, stepsOf } from "./sequenceLayer.ts";

/**
 * The quasi-recurrent network of Bradbury et al. (2017), filters of two tokens and fo-pooling (section 2.1): with y = [xₜ₋₁, xₜ]·W + b in
 * blocks z, f, o for all steps at once, cₜ = σ(f)·cₜ₋₁ + (1 − σ(f))·tanh(z), hₜ = σ(o)·cₜ. Only the pooling goes step by step, without products.
 */
export const qrnnLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }) => [
    { name: "inputKernel", shape: [2 * I, 3 * H] },
    { name: "bias", shape: [3 * H] },
  ],
  stateShapes: ({ inputSize, hiddenSize }, { laneCount }) => [
    { name: "c", shape: [laneCount, hiddenSize] },
    { name: "x", shape: [laneCount, inputSize] },
  ],
  initialBias: ({ hiddenSize: H }) => [{ name: "bias", from: H, to: 2 * H, value: 1 }],
  run: (call) => {
    const { weight, window, kernels, inputSize: I, hiddenSize: H } = call;
    const { windowTokens: T, laneCount: B } = window;
    const x = inputVectors(call);
    const [firstC, firstX] = call.state as [tf.Tensor2D, tf.Tensor2D];
    const before = tf.concat([tf.expandDims<tf.Tensor3D>(firstX, 0), tf.slice(x, [0, 0, 0], [T - 1, B, I])]);
    const seen = tf.mul<tf.Tensor3D>(before, tf.expandDims(window.keep, 2)); // Nothing is seen across a reset.
    const pairs = tf.reshape<tf.Rank.R2>(tf.concat([seen, x], 2), [T * B, 2 * I]);
    const kernel = weight("inputKernel") as tf.Tensor2D;
    const y = kernels.affine({ x: pairs, kernel, isTransposed: false, bias: weight("bias") as tf.Tensor1D });
    const [z, f, o] = tf.split(tf.reshape<tf.Rank.R3>(y, [T, B, 3 * H]), 3, 2) as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
    ];
    const forget = tf.sigmoid(f);
    const forgets = stepsOf(forget);
    const added = stepsOf(tf.mul(tf.sub(1, forget), tf.tanh(z)));
    let c = firstC;
    const cells = forgets.map((gate, t) => {
      c = tf.add(tf.mul(gate, clearLanes(c, t, window)), added[t] as tf.Tensor);
      return c;
    });
    const last = tf.reshape<tf.Rank.R2>(tf.slice(x, [T - 1, 0, 0], [1, B, I]), [B, I]);
    return { h: tf.mul(tf.sigmoid(o), tf.stack(cells)), state: [tf.keep(c.clone()), tf.keep(last.clone())] };
  },
};
