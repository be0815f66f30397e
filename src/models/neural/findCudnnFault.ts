import * as tf from "@tensorflow/tfjs-core";
import type { LstmResult, NeuralKernels } from "./neuralKernels.ts";

/** Largest difference that is rounding: a GPU may multiply in TensorFloat-32, which keeps ten bits. */
const TOLERANCE = 2e-2;
const [T, B, I, H] = [5, 3, 8, 16] as const;

/**
 * What is wrong with an LSTM by cuDNN on this machine, for people; null where it gives the outputs and gradients of the unrolled one on a small window. A library of another
 * version may refuse the call, and weights in an order that is not expected would be learnt with and never be noticed.
 */
export function findCudnnFault(
  cudnn: NeuralKernels["lstmSequence"],
  unrolled: NeuralKernels["lstmSequence"],
): string | null {
  try {
    const expected = compute(unrolled);
    const actual = compute(cudnn);
    const difference = Math.max(
      ...expected.map((values, index) => relativeDifference(actual[index] as Float32Array, values)),
    );
    return difference <= TOLERANCE ? null : `it differs from the unrolled network by ${difference.toPrecision(2)}`;
  } catch (error) {
    return failureText(error);
  }
}

/** The line of an error that says what happened: TensorFlow's own words stand behind the number of the error. */
export function failureText(error: unknown): string {
  const lines = String(error).split("\n");
  return lines.find((line) => line.startsWith("Message: "))?.slice("Message: ".length) ?? lines[0] ?? "";
}

/** Outputs, state and gradients of a window with a lane that is cleared within. */
function compute(lstmSequence: NeuralKernels["lstmSequence"]): readonly Float32Array[] {
  return tf.tidy(() => {
    const wave = (shape: readonly number[], phase: number): tf.Tensor =>
      tf.reshape(tf.sin(tf.range(phase, phase + shape.reduce((a, b) => a * b, 1))), [...shape]);
    const keep = tf.tensor2d(
      Array.from({ length: T * B }, (_, place) => (place === 2 * B + 1 ? 0 : 1)),
      [T, B],
    );
    const window = { windowTokens: T, laneCount: B, keep, hasResets: Array.from({ length: T }, (_, t) => t === 2) };
    const first = { h: wave([B, H], 1) as tf.Tensor2D, c: wave([B, H], 2) as tf.Tensor2D };
    let state: LstmResult["state"] | undefined;
    const { value, grads } = tf.valueAndGrads((...args) => {
      const [x, inputKernel, recurrentKernel, bias] = args as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const weights = { inputKernel, recurrentKernel, bias };
      const result = lstmSequence({ input: { kind: "vectors", x }, state: first, weights, window });
      state = result.state;
      return tf.sum(tf.mul(result.h, wave([T, B, H], 3)));
    })([wave([T, B, I], 4), wave([I, 4 * H], 5), wave([H, 4 * H], 6), wave([4 * H], 7)]);
    const { h, c } = state as unknown as LstmResult["state"];
    const all = [value, h, c, ...grads].map((tensor) => tensor.dataSync<"float32">().slice());
    tf.dispose([h, c]);
    return all as never;
  });
}

/** ‖actual − expected‖ / ‖expected‖ */
function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  const norm = (values: Float32Array): number => Math.hypot(...values);
  return norm(expected.map((value, index) => value - (actual[index] ?? Number.NaN))) / norm(expected);
}
