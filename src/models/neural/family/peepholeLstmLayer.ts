import * as tf from "@tensorflow/tfjs-core";
import { lstmLayer } from "./lstmLayer.ts";
import { blocks, clearLanes, projectSteps, recur, type SequenceLayer } from "./sequenceLayer.ts";

/**
 * An LSTM whose gates see the cell (Gers, Schraudolph and Schmidhuber 2002): with z the blocks i, g, f, o of x·W + h·R + b,
 * i = σ(zᵢ + pᵢ·cₜ₋₁), f = σ(z_f + p_f·cₜ₋₁), cₜ = f·cₜ₋₁ + i·tanh(z_g), o = σ(zₒ + pₒ·cₜ), hₜ = o·tanh(cₜ).
 */
export const peepholeLstmLayer: SequenceLayer = {
  ...lstmLayer,
  shapes: (sizes, options) => [
    ...lstmLayer.shapes(sizes, options),
    { name: "inputPeephole", shape: [sizes.hiddenSize] },
    { name: "forgetPeephole", shape: [sizes.hiddenSize] },
    { name: "outputPeephole", shape: [sizes.hiddenSize] },
  ],
  run: (call) => {
    const { weight, window } = call;
    let [h, c] = call.state as [tf.Tensor2D, tf.Tensor2D];
    const outputs = projectSteps(call, { kernel: weight("inputKernel"), bias: weight("bias") }).map((z, t) => {
      const before = clearLanes(c, t, window);
      const gates = tf.add<tf.Tensor2D>(z, recur(call, clearLanes(h, t, window), weight("recurrentKernel")));
      const [i, g, f, o] = blocks(gates, 4) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const input = tf.sigmoid(tf.add(i, tf.mul(before, weight("inputPeephole"))));
      const forget = tf.sigmoid(tf.add(f, tf.mul(before, weight("forgetPeephole"))));
      c = tf.add(tf.mul(forget, before), tf.mul(input, tf.tanh(g)));
      h = tf.mul(tf.sigmoid(tf.add(o, tf.mul(c, weight("outputPeephole")))), tf.tanh(c));
      return h;
    });
    return { h: tf.stack(outputs) as tf.Tensor3D, state: [tf.keep(h.clone()), tf.keep(c.clone())] };
  },
};
