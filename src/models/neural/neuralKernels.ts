import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

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
 * What a layer reads: vectors, or rows of a table picked by token. A table of fewer rows than the window has tokens is
 * cheaper to project before the rows are picked, so the choice is the kernel's. Borrowed until the gradient was taken.
 */
export type LstmInput =
  | { readonly kind: "vectors"; /** [T, B, I] */ readonly x: Tensor3D }
  | {
      readonly kind: "tokens";
      /** int32 [T·B], time-major */ readonly ids: Tensor1D;
      /** [V, I] */ readonly table: Tensor2D;
    };

/** Shape of a window and where its lanes start afresh. Tensors are borrowed until the gradient was taken. */
export interface LstmWindow {
  /** T */
  readonly windowTokens: number;
  /** B */
  readonly laneCount: number;
  /**
   * One entry a time step: null where every lane goes on, else float32 [B, 1] with 0 for lanes whose state is cleared
   * before the step and 1 for the others.
   */
  readonly keep: readonly (Tensor2D | null)[];
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

/** Tensors are borrowed until the gradient was taken. */
export interface CrossEntropyCall {
  /** [N, V], unnormalised */
  readonly logits: Tensor2D;
  /** int32 [N], each in [0, V) */
  readonly targets: Tensor1D;
}

/** Differentiable products and look-ups. */
export interface ProjectionMath {
  /** Rows of a table, [N, D]. */
  lookUp(table: Tensor2D, ids: Tensor1D): Tensor2D;
  /** a·b, or a·bᵀ */
  product(a: Tensor2D, b: Tensor2D, options?: { readonly isSecondTransposed: boolean }): Tensor2D;
}

/**
 * The seam between models and what computes them: every neural model is written once above it. Implementations agree
 * with the portable one, which is the oracle.
 */
export interface NeuralKernels extends ProjectionMath {
  readonly name: "portable" | "tensorflow";
  /** An LSTM layer over one window. */
  lstmSequence(call: LstmCall): LstmResult;
  /** −ln softmax(logits)[target] of every row, nats, [N]; differentiable in the logits. */
  crossEntropy(call: CrossEntropyCall): Tensor1D;
  /** Sum of squares, a scalar. */
  sumOfSquares(x: Tensor2D | Tensor1D): Scalar;
}
