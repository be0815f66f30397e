import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type {
  AdamCall,
  AdamResult,
  CrossEntropyCall,
  GruCall,
  LstmState,
  RnnCall,
  SoftmaxLossCall,
} from "./neuralKernels.ts";

/** How the factors of a product are read, and what is added to it. */
export interface MultiplyOptions {
  readonly isFirstTransposed?: boolean;
  readonly isSecondTransposed?: boolean;
  /** Added to every row. */
  readonly bias?: Tensor1D;
}

/** An LSTM's recurrence over a window; tensors are borrowed. */
export interface RecurrenceCall {
  /** x·W + b: [T·B, 4H], or a row for each id */
  readonly rows: Tensor2D;
  /** int32 [T·B], rows of `rows`; null where each step and lane has its own */
  readonly ids: Tensor1D | null;
  /** [H, 4H] */
  readonly kernel: Tensor2D;
  readonly state: LstmState;
  /** [T, B]: what the carried state is multiplied by before the step */
  readonly keep: Tensor2D;
}

/** The caller owns the tensors. */
export interface RecurrenceResult {
  /** [T, B, H] */
  readonly h: Tensor3D;
  /** After the last step. */
  readonly last: LstmState;
  /** [T, B, 4H], after their nonlinearities */
  readonly gates: Tensor3D;
  /** [T, B, H] */
  readonly c: Tensor3D;
  /** [T·B, H]: what was multiplied by the kernel */
  readonly hBefore: Tensor2D;
}

/** Tensors of a `RecurrenceResult` and of the call that gave it; borrowed. */
export interface RecurrenceGradientCall {
  /** ∂loss/∂h of every step from above, [T, B, H] */
  readonly dh: Tensor3D;
  readonly kernel: Tensor2D;
  readonly gates: Tensor3D;
  readonly c: Tensor3D;
  readonly firstC: Tensor2D;
  readonly keep: Tensor2D;
}

/** What a recurrent layer's weights are multiplied by, and ∂loss/∂z [N, O] of their sum; borrowed. */
export interface WeightGradientsCall {
  /** [N, I] */
  readonly x: Tensor2D;
  /** [N, H] */
  readonly hBefore: Tensor2D;
  readonly dz: Tensor2D;
}

/** The caller owns the tensors. */
export interface WeightGradients {
  /** [I, O] */
  readonly dInput: Tensor2D;
  /** [H, O] */
  readonly dRecurrent: Tensor2D;
  /** [O] */
  readonly dBias: Tensor1D;
}

/** The recurrence of a simple network or a GRU; tensors are borrowed. */
export interface CellOps {
  /** `hBefore` [T·B, H] is what was multiplied by the kernel. */
  rnn(call: RnnCall): { readonly h: Tensor3D; readonly last: Tensor2D; readonly hBefore: Tensor2D };
  /** ∂loss/∂z, [T·B, H] */
  rnnGradient(call: {
    readonly dh: Tensor3D;
    readonly kernel: Tensor2D;
    readonly h: Tensor3D;
    readonly keep: Tensor2D;
  }): Tensor2D;
  /** `gates` [T, B, 4H]: r, z, n after their nonlinearities, and the state's part of n */
  gru(call: GruCall): {
    readonly h: Tensor3D;
    readonly last: Tensor2D;
    readonly gates: Tensor3D;
    readonly hBefore: Tensor2D;
  };
  /** ∂loss of what came from the input and of what came from the state, [T·B, 3H] each */
  gruGradient(call: {
    readonly dh: Tensor3D;
    readonly kernel: Tensor2D;
    readonly gates: Tensor3D;
    readonly hBefore: Tensor2D;
    readonly keep: Tensor2D;
  }): { readonly dx: Tensor2D; readonly ds: Tensor2D };
}

/** The caller owns the tensors. */
export interface SoftmaxLossResult {
  readonly nats: Scalar;
  /** ∂nats/∂rows [N, H], ∂nats/∂embedding [V, H] and ∂nats/∂bias [V] */
  readonly slopes: readonly [Tensor2D, Tensor2D, Tensor1D];
}

/** Weights' gradients as an op each. */
export function separateWeightGradients(
  { multiply, sumRows }: Pick<FusedOps, "multiply" | "sumRows">,
  { x, hBefore, dz }: WeightGradientsCall,
): WeightGradients {
  return {
    dInput: multiply(x, dz, { isFirstTransposed: true }),
    dRecurrent: multiply(hBefore, dz, { isFirstTransposed: true }),
    dBias: sumRows(dz),
  };
}

/**
 * What kernels are made of where a window of an LSTM is one op each way: none of it is differentiable by itself. Arguments are
 * borrowed, results the caller's.
 */
export interface FusedOps {
  /** A product of two matrices. */
  multiply(a: Tensor2D, b: Tensor2D, options?: MultiplyOptions): Tensor2D;
  /** Rows of a table by number, int32 [N]. */
  pickRows(table: Tensor2D, ids: Tensor1D): Tensor2D;
  /** A matrix of as many rows as `like` has, row ids[r] of which is the sum of all x[r]. */
  scatterRows(x: Tensor2D, ids: Tensor1D, like: Tensor2D): Tensor2D;
  /** The sum of all rows. */
  sumRows(x: Tensor2D): Tensor1D;
  /** xᵀ·dz, hᵀ·dz and the sum of dz's rows. */
  weightGradients(call: WeightGradientsCall): WeightGradients;
  recurrence(call: RecurrenceCall): RecurrenceResult;
  /** ∂loss/∂z, [T·B, 4H] */
  recurrenceGradient(call: RecurrenceGradientCall): Tensor2D;
  /** Null where there are none. */
  readonly cells: CellOps | null;
  /** −ln softmax(logits)[target] of each row and ln Σ eˣ, both [N] */
  crossEntropy(call: CrossEntropyCall): { readonly nats: Tensor1D; readonly logSums: Tensor1D };
  /** dy · (softmax − one-hot), [N, V] */
  crossEntropyGradient(call: CrossEntropyCall & { readonly logSums: Tensor1D; readonly dy: Tensor1D }): Tensor2D;
  softmaxLoss(call: SoftmaxLossCall): SoftmaxLossResult;
  adam(call: AdamCall): AdamResult;
  sumOfSquares(x: Tensor2D | Tensor1D): Scalar;
}
