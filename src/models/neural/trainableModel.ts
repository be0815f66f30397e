import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { LstmWindow, NeuralKernels } from "./neuralKernels.ts";
import type { WeightMap } from "./networkSpec.ts";
import type { SoftmaxCandidates } from "./softmaxCandidates.ts";
import type { MatchWindow, TokenWindow } from "./tokenWindow.ts";

/** What a model carries from window to window, by name, each with B rows. Kept outside `tf.tidy`; whoever holds it disposes it. */
export type CarriedState = ReadonlyMap<string, Tensor>;

/** One window as tensors; time-major, so that a step's rows lie together. Borrowed until the gradient was taken. */
export interface ModelWindow {
  readonly input: {
    /** Each in [0, V) */
    readonly tokens: TokenWindow;
    /** For networks that read matches. */
    readonly matches?: MatchWindow;
    readonly window: LstmWindow;
  };
  /** int32 [T·B], each in [0, V) */
  readonly targets: Tensor1D;
  /** float32 [T·B]: what each target counts, 0 for not at all; their sum is 1 where the loss is to be a mean */
  readonly weights: Tensor1D;
  /** What the softmax of a loss sums over; without it all tokens. */
  readonly candidates?: SoftmaxCandidates;
}

/** The chance of one step. */
export interface StepChance {
  /** In [0, 1), on top of what the model's own specification says; 0 for none. */
  readonly dropoutRate: number;
  /** Decides what is dropped. */
  readonly seed: number;
}

export interface WindowLoss {
  /** Σ weight · nats; differentiable in the parameters */
  readonly nats: Scalar;
  /** What regularisation adds to the mean loss of the window; null for nothing. */
  readonly penalty: Scalar | null;
  /** Behind the window; the caller owns it. */
  readonly state: CarriedState;
}

export interface WindowScores {
  /** Unnormalised, [T·B, V] */
  readonly logits: Tensor2D;
  /** What the softmax reads, [T·B, D] */
  readonly rows: Tensor2D;
  /** Behind the window; the caller owns it. */
  readonly state: CarriedState;
}

/** A neural language model as a trainer sees it. Owns its parameters. */
export interface TrainableModel {
  /** V */
  readonly vocabularySize: number;
  readonly kernels: NeuralKernels;
  /** By name, in stored order; changed in place by an optimizer. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** What is carried before anything was read; the caller owns it. */
  initialState(laneCount: number): CarriedState;
  /** The loss of a window as training sees it. @param state borrowed; no gradient flows into it */
  windowLoss(window: ModelWindow, state: CarriedState, chance: StepChance): WindowLoss;
  /** The scores of a window without chance, for evaluation; differentiable in the parameters. @param state borrowed; no gradient flows into it */
  windowScores(window: ModelWindow, state: CarriedState): WindowScores;
  /** A copy of all parameters as plain arrays. */
  readWeights(): WeightMap;
  /** Replaces all parameters; `weights` is copied. */
  assignWeights(weights: WeightMap): void;
  dispose(): void;
}

/** Releases what was carried. Twice is allowed. */
export function disposeCarried(state: CarriedState): void {
  for (const tensor of state.values()) {
    tensor.dispose();
  }
}
