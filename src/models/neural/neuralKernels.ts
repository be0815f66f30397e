import type { LossScale } from "./lossScale.ts";
import type { TokenWindow } from "./tokenWindow.ts";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** What an LSTM layer carries from window to window. Float32 [B, H] each. */
export interface LstmState {
  readonly h: Tensor2D;
  readonly c: Tensor2D;
}

/** Parameters of one layer; the column blocks are gates i, g, f, o (see `parameterShapes`). */
export interface LstmWeights {
  /** [I, 4H] */
  readonly inputKernel: Tensor2D;
  /** [H, 4H] */
  readonly recurrentKernel: Tensor2D;
  /** [4H] */
  readonly bias: Tensor1D;
}

/**
 * What a layer reads: vectors, or rows of a table picked by token, which are projected before they are set in their places.
 * Borrowed until the gradient was taken.
 */
export type LstmInput =
  | { readonly kind: "vectors"; /** [T, B, I] */ readonly x: Tensor3D }
  | {
      readonly kind: "tokens";
      readonly tokens: TokenWindow;
      /** [V, I] */ readonly table: Tensor2D;
    };

/** Shape of a window and where its lanes start afresh. Tensors are borrowed until the gradient was taken. */
export interface LstmWindow {
  /** T */
  readonly windowTokens: number;
  /** B */
  readonly laneCount: number;
  /** [T, B]: 0 for lanes whose state is cleared before the step, 1 for the others. */
  readonly keep: Tensor2D;
  /** One entry a time step: whether any of its lanes is cleared. */
  readonly hasResets: readonly boolean[];
}

export interface LstmCall {
  readonly input: LstmInput;
  /** Constants: no gradient flows into them, as truncated BPTT wants it. Borrowed. */
  readonly state: LstmState;
  readonly weights: LstmWeights;
  readonly window: LstmWindow;
}

export interface LstmResult {
  /** Every step's output, [T, B, H]; differentiable in the input and the weights. */
  readonly h: Tensor3D;
  /** After the last step; kept outside the current `tf.tidy`, the caller disposes it. */
  readonly state: LstmState;
}

/** A window of a layer whose state is its output. Tensors are borrowed until the gradient was taken. */
export interface RnnCall {
  /** x·W + b: [T·B, H], for a GRU [T·B, 3H]; or a row for each id */
  readonly rows: Tensor2D;
  /** int32 [T·B], rows of `rows`; null where each step and lane has its own */
  readonly ids: Tensor1D | null;
  /** [H, H], for a GRU [H, 3H] */
  readonly kernel: Tensor2D;
  /** [B, H]; a constant */
  readonly state: Tensor2D;
  readonly window: LstmWindow;
}

export interface GruCall extends RnnCall {
  /** b' of the candidate's product with the state, [H] */
  readonly stateBias: Tensor1D;
}

export interface RnnResult {
  /** Every step's output, [T, B, H]; differentiable in rows, kernel and bias. */
  readonly h: Tensor3D;
  /** After the last step; kept outside the current `tf.tidy`, the caller disposes it. */
  readonly state: Tensor2D;
}

/** Windows of the other cells as one op each way. */
export interface CellKernels {
  /** h = tanh(x + h₋₁·R) */
  rnn(call: RnnCall): RnnResult;
  /** Blocks r, z, n, as `gruLayer` has them. */
  gru(call: GruCall): RnnResult;
}

/** Tensors are borrowed until the gradient was taken. */
export interface CrossEntropyCall {
  /** [N, V], unnormalised */
  readonly logits: Tensor2D;
  /** int32 [N], each in [0, V) */
  readonly targets: Tensor1D;
}

/** A tied softmax over rows; tensors are borrowed until the gradient was taken. */
export interface SoftmaxLossCall {
  /** [N, H] */
  readonly rows: Tensor2D;
  /** [V, H] */
  readonly embedding: Tensor2D;
  /** [V] */
  readonly bias: Tensor1D;
  /** int32 [N], each in [0, V) */
  readonly targets: Tensor1D;
  /** [N]; no gradient flows into them */
  readonly weights: Tensor1D;
}

/** Tensors are borrowed until the gradient was taken. */
export interface AffineCall {
  /** [N, I] */
  readonly x: Tensor2D;
  /** [I, O], or [O, I] where `isTransposed` */
  readonly kernel: Tensor2D;
  readonly isTransposed: boolean;
  /** [O] */
  readonly bias: Tensor1D;
}

/** Differentiable products and look-ups. */
export interface ProjectionMath {
  /** Rows of a table, [N, D]. */
  lookUp(table: Tensor2D, ids: Tensor1D): Tensor2D;
  /** x·W + b on every row, [N, O]. */
  affine(call: AffineCall): Tensor2D;
}

/** One parameter's update by Adam; tensors of one shape, borrowed. */
export interface AdamCall {
  readonly parameter: Tensor;
  /** First and second moment. */
  readonly m: Tensor;
  readonly v: Tensor;
  readonly gradient: Tensor;
  /** What the gradient is multiplied by first. */
  readonly gradientScale: number;
  /** α√(1 − β₂ᵗ)/(1 − β₁ᵗ) */
  readonly rate: number;
  /** 1 − αλ: what is kept of the parameter. */
  readonly kept: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The caller owns the tensors. */
export interface AdamResult {
  readonly parameter: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

/**
 * The seam between models and what computes them: every neural model is written once above it. Implementations agree
 * with the portable one, which is the oracle.
 */
export interface NeuralKernels extends ProjectionMath {
  /** An LSTM layer over one window. */
  lstmSequence(call: LstmCall): LstmResult;
  /** Where gradients are taken in float16: to be told whether they were finite (`training/takeGradient.ts`). */
  readonly lossScale?: LossScale;
  /** Without them those cells are unrolled, an op for each part of a step. */
  readonly cells?: CellKernels;
  /** −ln softmax(logits)[target] of every row, nats, [N]; differentiable in the logits. */
  crossEntropy(call: CrossEntropyCall): Tensor1D;
  /** Σ weight · −ln softmax(rows·embeddingᵀ + bias)[target], nats; differentiable in rows, embedding and bias. */
  softmaxLoss(call: SoftmaxLossCall): Scalar;
  /** m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← kept·θ − rate·m / (√v + ε), with g scaled first. */
  adam(call: AdamCall): AdamResult;
  /** Sum of squares, a scalar. */
  sumOfSquares(x: Tensor2D | Tensor1D): Scalar;
}
