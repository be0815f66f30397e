import * as tf from "@tensorflow/tfjs-core";
import { clearLanes, projectRows, projectSteps, recur, type SequenceLayer } from "./sequenceLayer.ts";

/** The simple recurrent network of Elman (1990): hₜ = tanh(xₜ·W + hₜ₋₁·R + b). */
export const elmanLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }) => [
    { name: "inputKernel", shape: [I, H] },
    { name: "recurrentKernel", shape: [H, H] },
    { name: "bias", shape: [H] },
  ],
  stateShapes: ({ hiddenSize }, { laneCount }) => [{ name: "h", shape: [laneCount, hiddenSize] }],
  run: (call) => {
    const { weight, window, kernels } = call;
    const weights = { kernel: weight("inputKernel"), bias: weight("bias") };
    let h = call.state[0] as tf.Tensor2D;
    if (kernels.cells !== undefined) {
      const kernel = weight("recurrentKernel") as tf.Tensor2D;
      const result = kernels.cells.rnn({ ...projectRows(call, weights), kernel, state: h, window });
      return { h: result.h, state: [result.state] };
    }
    const outputs = projectSteps(call, weights).map((z, t) => {
      h = tf.tanh(tf.add(z, recur(call, clearLanes(h, t, window), weight("recurrentKernel"))));
      return h;
    });
    return { h: tf.stack(outputs) as tf.Tensor3D, state: [tf.keep(h.clone())] };
  },
};
