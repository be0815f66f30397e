import * as tf from "@tensorflow/tfjs-core";
import { blocks, clearLanes, projectRows, projectSteps, type SequenceLayer } from "./sequenceLayer.ts";

/**
 * Cho et al. (2014) with the reset gate behind the product, as in cuDNN and PyTorch; blocks r, z, n, and `bias` [4H] as `parameterShapes` has
 * it: rₜ = σ(x·W_r + h·R_r + b_r), zₜ likewise, nₜ = tanh(x·Wₙ + bₙ + rₜ·(h·Rₙ + b'ₙ)), hₜ = (1 − zₜ)·nₜ + zₜ·hₜ₋₁.
 */
export const gruLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }) => [
    { name: "inputKernel", shape: [I, 3 * H] },
    { name: "recurrentKernel", shape: [H, 3 * H] },
    { name: "bias", shape: [4 * H] },
  ],
  stateShapes: ({ hiddenSize }, { laneCount }) => [{ name: "h", shape: [laneCount, hiddenSize] }],
  run: (call) => {
    const { weight, window, kernels, hiddenSize: H } = call;
    const [fromInput, fromState] = tf.split(weight("bias"), [3 * H, H]) as [tf.Tensor1D, tf.Tensor1D];
    const weights = { kernel: weight("inputKernel"), bias: fromInput };
    const kernel = weight("recurrentKernel") as tf.Tensor2D;
    let h = call.state[0] as tf.Tensor2D;
    if (kernels.cells !== undefined) {
      const rows = projectRows(call, weights);
      const result = kernels.cells.gru({ ...rows, kernel, stateBias: fromState, state: h, window });
      return { h: result.h, state: [result.state] };
    }
    const recurrentBias = tf.concat([tf.zeros<tf.Rank.R1>([2 * H]), fromState]);
    const outputs = projectSteps(call, weights).map((x, t) => {
      const before = clearLanes(h, t, window);
      const s = kernels.affine({ x: before, kernel, isTransposed: false, bias: recurrentBias }); // [B, 3H]
      const [xr, xz, xn] = blocks(x, 3) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const [sr, sz, sn] = blocks(s, 3) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const reset = tf.sigmoid(tf.add(xr, sr));
      const update = tf.sigmoid(tf.add(xz, sz));
      const candidate = tf.tanh(tf.add(xn, tf.mul(reset, sn)));
      h = tf.add(candidate, tf.mul(update, tf.sub(before, candidate)));
      return h;
    });
    return { h: tf.stack(outputs) as tf.Tensor3D, state: [tf.keep(h.clone())] };
  },
};
