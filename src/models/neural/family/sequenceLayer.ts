import * as tf from "@tensorflow/tfjs-core";
import type { LstmInput, LstmWindow, NeuralKernels } from "../neuralKernels.ts";
import type { ParameterShape } from "../networkSpec.ts";
import { type ProjectedInput, projectInput } from "../projectInput.ts";
import type { LayerSizes } from "./familySpec.ts";

/** A layer's work on one window. Tensors are borrowed until the gradient was taken. */
export interface LayerCall extends LayerSizes {
  readonly input: LstmInput;
  /** In the order of `stateShapes`; constants. */
  readonly state: readonly tf.Tensor[];
  /** The layer's parameters by their own names. */
  readonly weight: (name: string) => tf.Tensor;
  readonly window: LstmWindow;
  readonly kernels: NeuralKernels;
  /** Heads, or steps for each token, where a layer has such. */
  readonly headCount: number;
  readonly depth: number;
}

export interface LayerResult {
  /** [T, B, H]; differentiable in input and weights */
  readonly h: tf.Tensor3D;
  /** Behind the window, in the order of `stateShapes`; kept outside the current `tf.tidy`, the caller owns it. */
  readonly state: readonly tf.Tensor[];
}

/** A layer that reads a window step by step, or as if it did. */
export interface SequenceLayer {
  /** Names and shapes of the parameters of one layer. */
  shapes(sizes: LayerSizes, options: { readonly depth: number }): readonly ParameterShape[];
  /** Names and shapes of what a layer carries for B lanes. */
  stateShapes(
    sizes: LayerSizes,
    options: { readonly laneCount: number; readonly headCount: number },
  ): readonly ParameterShape[];
  /** Parts of bias vectors that do not begin at 0: name, first and last index (exclusive), value. */
  initialBias?(sizes: LayerSizes, options: { readonly depth: number }): readonly InitialBias[];
  run(call: LayerCall): LayerResult;
}

export interface InitialBias {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** The vectors that a layer reads, [T, B, I]. */
export function inputVectors({ input, window, kernels }: LayerCall): tf.Tensor3D {
  if (input.kind === "vectors") {
    return input.x;
  }
  const rows = kernels.lookUp(kernels.lookUp(input.table, input.tokens.distinct), input.tokens.places);
  return tf.reshape(rows, [window.windowTokens, window.laneCount, rows.shape[1]]);
}

interface InputWeights {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
}

/** x·W + b for all steps at once, split into steps of [B, O]; each distinct token is projected once. */
export function projectSteps(call: LayerCall, weights: InputWeights): readonly tf.Tensor2D[] {
  const { windowTokens: T, laneCount: B } = call.window;
  const { rows, ids } = projectRows(call, weights);
  const placed = ids === null ? rows : call.kernels.lookUp(rows, ids); // [T·B, O]
  return stepsOf(tf.reshape(placed, [T, B, placed.shape[1]]));
}

/** [T, B, D] as T × [B, D]; tfjs has no gradient of `unstack` for a single part. */
export function stepsOf(x: tf.Tensor3D): readonly tf.Tensor2D[] {
  const [T, B, D] = x.shape;
  return T === 1 ? [tf.reshape(x, [B, D])] : (tf.unstack(x) as tf.Tensor2D[]);
}

/** x·W + b as a window of one op reads it. */
export function projectRows({ input, window, kernels }: LayerCall, { kernel, bias }: InputWeights): ProjectedInput {
  const weights = { inputKernel: kernel as tf.Tensor2D, bias: bias as tf.Tensor1D };
  return projectInput({ input, window, weights }, kernels);
}

/** A state as a step finds it: lanes that are cleared before the step are zero. */
export function clearLanes<State extends tf.Tensor>(state: State, t: number, { keep, hasResets }: LstmWindow): State {
  if (hasResets[t] !== true) {
    return state;
  }
  const lanes = tf.slice(keep, [t, 0], [1, keep.shape[1]]);
  return tf.mul<State>(state, tf.reshape(lanes, [keep.shape[1], ...state.shape.slice(1).map(() => 1)]));
}

/** A product of a state and a recurrent matrix, [B, O]. */
export function recur({ kernels }: LayerCall, h: tf.Tensor2D, kernel: tf.Tensor): tf.Tensor2D {
  const bias = tf.zeros<tf.Rank.R1>([kernel.shape[1] as number]);
  return kernels.affine({ x: h, kernel: kernel as tf.Tensor2D, isTransposed: false, bias });
}

/** The blocks of columns of [B, n·H], each [B, H]. */
export function blocks(x: tf.Tensor2D, count: number): readonly tf.Tensor2D[] {
  return tf.split(x, count, 1);
}
