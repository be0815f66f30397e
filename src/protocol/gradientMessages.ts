import type { CompareTokenizer } from "./compareMessages.ts";
import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { PauseEvent } from "./pauseEvent.ts";

/** Networks whose gradients can be looked at. */
export const GRADIENT_MODELS = ["rnn", "lstm", "gru"] as const;

export type GradientModel = (typeof GRADIENT_MODELS)[number];

/** Text to look at gradients on: one file, or a workspace. */
export type GradientSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly folders: readonly WorkspaceFolder[]; readonly corpus: CorpusSettings };

/** Gradients of several networks on one and the same window of text. */
export interface GradientJob {
  readonly source: GradientSource;
  readonly tokenizer: CompareTokenizer;
  readonly models: readonly GradientModel[];
  /** T: tokens of the window, and of the windows that are trained on. */
  readonly windowTokens: number;
  /** H, and the embedding's width. */
  readonly hiddenSize: number;
  /** Seconds that each network is trained for; null: they are looked at untrained only. */
  readonly budgetSeconds: number | null;
  readonly backend: "auto" | "tensorflow" | "portable";
  readonly seed: number;
}

export const GRADIENT_LIMITS = {
  windowTokens: { least: 2, most: 1024 },
  hiddenSize: { least: 2, most: 1024 },
} as const;

/** Sizes where nobody chooses others. */
export const DEFAULT_GRADIENT_SIZES = { windowTokens: 64, hiddenSize: 128 } as const;

/** How often a gate stood where, over all steps of the window and all units. */
export interface GateHistogram {
  readonly gate: string;
  /** Of as many bins as there are, from 0 to 1. */
  readonly counts: readonly number[];
  readonly mean: number;
}

/** The largest singular value of a recurrent matrix, or of the block of its columns that makes one gate. */
export interface SingularValue {
  readonly block: string;
  readonly value: number;
}

/** Bins of equal width in the logarithm. */
export interface NormHistogram {
  /** Bounds of the bins, one more than there are counts. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** What a network's training did with its gradients. */
export interface GradientTraining {
  readonly seconds: number;
  readonly steps: number;
  readonly tokens: number;
  readonly validationPerplexity: number;
  /** Global norm above which a gradient is scaled down to it. */
  readonly clipNorm: number;
  readonly clippedFraction: number;
  /** Global norms in the order of the steps: means over stretches of `stepsPerPoint` of them. */
  readonly stepsPerPoint: number;
  readonly normsBefore: readonly number[];
  readonly normsAfter: readonly number[];
  /** Of the norms before clipping, of every step. */
  readonly histogram: NormHistogram;
}

/** What was seen of one network. */
export interface GradientRow {
  readonly model: GradientModel;
  readonly stage: "untrained" | "trained";
  readonly hiddenSize: number;
  readonly windowTokens: number;
  readonly parameters: number;
  /** Of the window's last step, the one that is differentiated. */
  readonly lossNats: number;
  /** ‖∂loss/∂h‖ of the output k steps before the last, k = 0 … T − 1. */
  readonly hiddenNorms: readonly number[];
  /** ‖∂loss/∂c‖ likewise; null where there is no cell. */
  readonly cellNorms: readonly number[] | null;
  /** By what the norm of h, and of c, is multiplied for each step back, on average: e to the least-squares slope of its logarithm. Null where a norm is 0. */
  readonly hiddenFactor: number | null;
  readonly cellFactor: number | null;
  readonly gates: readonly GateHistogram[];
  /** Of the whole matrix first, then of its blocks where there are several. */
  readonly singularValues: readonly SingularValue[];
  /** Null for an untrained network. */
  readonly training: GradientTraining | null;
}

export type GradientEvent =
  | PauseEvent
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly message: string }
  | {
      readonly type: "gradientText";
      readonly vocabularySize: number;
      readonly trainingTokens: number;
      readonly window: string;
      readonly target: string;
    }
  | {
      readonly type: "gradientProgress";
      readonly model: GradientModel;
      readonly fraction: number;
      readonly trainingPerplexity: number;
      readonly tokensPerSecond: number;
    }
  | { readonly type: "gradientRow"; readonly row: GradientRow };

export interface GradientResult {
  /** What the window reads, and the token whose loss is differentiated; empty for the end of a document. */
  readonly window: string;
  readonly target: string;
  readonly rows: readonly GradientRow[];
}
