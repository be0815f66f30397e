import type * as tf from "@tensorflow/tfjs-core";
import type { SequenceLayer } from "./sequenceLayer.ts";

/**
 * Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000), through the seam's own kernel: blocks i, g, f, o;
 * cₜ = σ(f)·cₜ₋₁ + σ(i)·tanh(g), hₜ = σ(o)·tanh(cₜ).
 */
export const lstmLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }) => [
    { name: "inputKernel", shape: [I, 4 * H] },
    { name: "recurrentKernel", shape: [H, 4 * H] },
    { name: "bias", shape: [4 * H] },
  ],
  stateShapes: ({ hiddenSize }, { laneCount }) => [
    { name: "h", shape: [laneCount, hiddenSize] },
    { name: "c", shape: [laneCount, hiddenSize] },
  ],
  // Memories last from the beginning (Jozefowicz et al. 2015).
  initialBias: ({ hiddenSize: H }) => [{ name: "bias", from: 2 * H, to: 3 * H, value: 1 }],
  run: ({ input, state, weight, window, kernels }) => {
    const result = kernels.lstmSequence({
      input,
      state: { h: state[0] as tf.Tensor2D, c: state[1] as tf.Tensor2D },
      weights: {
        inputKernel: weight("inputKernel") as tf.Tensor2D,
        recurrentKernel: weight("recurrentKernel") as tf.Tensor2D,
        bias: weight("bias") as tf.Tensor1D,
      },
      window,
    });
    return { h: result.h, state: [result.state.h, result.state.c] };
  },
};
