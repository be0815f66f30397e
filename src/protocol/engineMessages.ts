import type { NormCounts } from "../base/normBins.ts";
import type { Adaptation, ExpertFigures } from "./expertFigures.ts";
import type { ErrorData } from "../base/errors.ts";
import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { BackendChoice, BackendDescription, BackendName, DeviceName } from "./backendDescription.ts";
import type { CompareEvent, CompareJob, CompareResult } from "./compareMessages.ts";
import type {
  EvaluateFamilyJob,
  EvaluateFamilyResult,
  ExplainFamilyJob,
  ExplainFamilyResult,
  SampleFamilyEvent,
  SampleFamilyJob,
  SampleFamilyResult,
  TrainFamilyJob,
} from "./familyMessages.ts";
import type { GradientEvent, GradientJob, GradientResult } from "./gradientMessages.ts";
import type {
  ApplyLabellerJob,
  ApplyLabellerResult,
  EvaluateLabellerJob,
  EvaluateLabellerResult,
  LabelEvent,
  LanguagesJob,
  LanguagesResult,
  TrainLabellerJob,
  TrainLabellerResult,
} from "./labelMessages.ts";
import type { GpuAnswer } from "./gpuUsage.ts";
import type { GivenSettings } from "./settingLimits.ts";
import type { StepUsage } from "./stepUsage.ts";
import type { SurpriseEvent } from "./surpriseMessages.ts";
import type {
  MemoryEvent,
  TimeNetworkJob,
  TimeNetworkResult,
  TimeTrainingJob,
  TimeTrainingResult,
} from "./timingMessages.ts";
import type { PauseEvent } from "./pauseEvent.ts";

/**
 * All that the machine has, or so little of it that other work does not feel it. The first is the default: who orders a training waits for it,
 * half of the threads learn half as much in the same minutes, and keys are answered in time beside either (`bench latency`).
 */
export const TRAINING_MODES = ["fullSpeed", "background"] as const;

/** How much of the machine a training takes; an engine process has one mode for its life. */
export type TrainingMode = (typeof TRAINING_MODES)[number];

export interface TrainOptions {
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  /** null: BPE, or on resuming what the model has. */
  readonly tokenizer: "char" | "bpe" | null;
  /** Upper bound of the vocabulary's size; null: chosen by tokenizer and corpus. */
  readonly vocabularySize: number | null;
  /** null: chosen by backend. */
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly backend: BackendChoice;
  readonly seed: number;
  readonly isResume: boolean;
  /** Whether a model that is gone on with keeps its pieces however the files changed: for runs that may be broken off at any time. */
  readonly keepsPieces?: boolean;
  /** How the parameters are improved, where that is not as by default. */
  readonly settings?: GivenSettings;
  /** Default: an LSTM, or on resuming what the model is. */
  readonly cell?: CellChoice;
  /** Whether an LSTM also reads what the last match in the document suggests; default: yes, or on resuming what the model does. */
  readonly readsMatches?: boolean;
}

/** Networks that suggestions can come from: long short-term memory, gated recurrent units, and a simple recurrent network. */
export const CELL_CHOICES = ["lstm", "gru", "rnn"] as const;

export type CellChoice = (typeof CELL_CHOICES)[number];

export interface TrainJob {
  readonly folders: readonly WorkspaceFolder[];
  readonly unsaved: readonly { readonly path: string; readonly text: string }[];
  readonly corpus: CorpusSettings;
  /** Directory of the checkpoint. */
  readonly out: string;
  readonly options: TrainOptions;
}

export interface EvaluateJob {
  /** Directory of the checkpoint. */
  readonly model: string;
  /** Files or folders. */
  readonly paths: readonly string[];
  /** Whether counts, cache and mixture stay as they are while they are scored. */
  readonly isFrozen: boolean;
  /** How the network's weights are held; where it is not given, as the predictor holds them. */
  readonly weights?: WeightsChoice;
  /** Ways in which the network learns from what it reads; default: none. */
  readonly adaptations?: readonly Adaptation[];
  /** Whether every token is told of (`SurpriseEvent`); default: only the sums. */
  readonly isTraced?: boolean;
}

/** As they were trained, or in 8 bits with a scale for each row. */
export const WEIGHTS_CHOICES = ["float32", "int8"] as const;

export type WeightsChoice = (typeof WEIGHTS_CHOICES)[number];

/** How far an evaluation is. */
export interface EvaluationProgressEvent {
  readonly type: "evaluationProgress";
  readonly tokens: number;
  readonly totalTokens: number;
}

/** Files whose text is one that the model was trained on, whatever their names; real paths. */
export interface TrainedTextsEvent {
  readonly type: "trainedTexts";
  readonly paths: readonly string[];
}

export type EvaluateEvent = NoticeEvent | EvaluationProgressEvent | TrainedTextsEvent | SurpriseEvent;

export interface CorpusEvent {
  readonly type: "corpus";
  readonly takenCount: number;
  readonly takenBytes: number;
  readonly excludedCounts: Readonly<Record<string, number>>;
  readonly duplicateCount: number;
  /** Lines with a key, a token or a password that were left out of files. */
  readonly redactedCount: number;
  readonly trainingTokens: number;
  readonly validationTokens: number;
  readonly vocabularySize: number;
  readonly parameterCount: number;
}

export interface ProgressEvent {
  readonly type: "progress";
  readonly elapsedSeconds: number;
  /** Share of the budget or of the epochs used, in [0, 1]. */
  readonly fraction: number;
  readonly step: number;
  readonly tokens: number;
  readonly epoch: number;
  /** Mean over the steps since the last progress event, nats per token. */
  readonly lossNats: number;
  readonly perplexity: number;
  /** Global norm before clipping, mean since the last event. */
  readonly gradientNorm: number;
  /** Global norm after clipping, mean since the last event. */
  readonly clippedGradientNorm: number;
  /** How many steps since the last event had which norm before clipping. */
  readonly normCounts?: NormCounts;
  /** Share of steps clipped since the last event. */
  readonly clippedFraction: number;
  /** Global norm above which a gradient is scaled down to it. */
  readonly clipNorm?: number;
  readonly tokensPerSecond: number;
  readonly learningRate: number;
  /** What the steps since the last event took. */
  readonly usage?: StepUsage;
}

export interface EvaluationEvent {
  readonly type: "evaluation";
  /** `test`: text that no weights were chosen by. */
  readonly split: "validation" | "test";
  readonly elapsedSeconds: number;
  readonly step: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly nats: number;
  readonly perplexity: number;
  /** Null where tokens are said to be unknown: what they stand for is not spelt out, so their bytes are not paid for. */
  readonly bitsPerByte: number | null;
  /** Tokens that the vocabulary does not have; told of networks that only the engine can run. */
  readonly unknownTokens?: number;
  readonly isBest: boolean;
  /** True for the last one: of the weights that are kept, over the held-out text; `step` is then that of those weights. */
  readonly isFinal: boolean;
  /** True where short passages of the held-out text were scored, each as a document: of them there may be a few more tokens than of the text. */
  readonly isSample?: boolean;
  /** Largest singular value of the first layer's recurrent matrix, all its blocks together, as the weights are now. */
  readonly recurrentNorm?: number;
}

/** A new checkpoint can be read. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
}

/** Something a person should know, though the run goes on. */
export interface NoticeEvent {
  readonly type: "notice";
  readonly level: "info" | "warning";
  readonly message: string;
}

/**
 * What is being done before, between and after the steps, for a progress bar. `evaluating` is a look on the way; a run ends with
 * `saving`, `measuring` (the final figure) and `fitting` (how far the mixture trusts the network).
 */
export interface PhaseEvent {
  readonly type: "phase";
  readonly phase: "backend" | "corpus" | "tokenizer" | "training" | "evaluating" | "measuring" | "fitting" | "saving";
  /** Share of the phase that is over, in [0, 1], where it is long enough to tell. */
  readonly fraction?: number;
}

export interface DoneEvent {
  readonly type: "done";
  readonly model: string;
  readonly backend: BackendName;
  readonly device: DeviceName;
  readonly stopped: "budget" | "epochs" | "cancelled" | "converged" | "nonFinite";
  /** Why there is no model that knows more than before, and what to do about it, for people; not given where there is one. */
  readonly nothingLearnt?: string;
}

export type TrainEvent =
  CorpusEvent | ProgressEvent | EvaluationEvent | CheckpointEvent | NoticeEvent | PhaseEvent | PauseEvent | DoneEvent;

export interface EvaluateResult {
  readonly tokens: number;
  /** Those that the vocabulary does not have. */
  readonly unknownTokens: number;
  /** That the known ones stand for. */
  readonly bytes: number;
  readonly nats: number;
  readonly perplexity: number;
  /** Null where tokens are unknown: what they stand for is not spelt out, so their bytes are not paid for. */
  readonly bitsPerByte: number | null;
  /** Share of tokens that were the most probable one. */
  readonly top1: number;
  /** Mean of 1 / rank of the token that came. */
  readonly mrr: number;
  /**
   * The workspace's counts, the same nested with those of the document, with what followed similar places in it as well, the network, and all
   * together; the network with each of the adaptations that were asked for, the cache on top of the bias. Null for what there is not.
   */
  readonly experts: {
    readonly counts: ExpertFigures | null;
    readonly cache: ExpertFigures | null;
    readonly places: ExpertFigures | null;
    readonly lstm: ExpertFigures;
    readonly dynamicEvaluation: ExpertFigures | null;
    readonly neuralCache: ExpertFigures | null;
    readonly mixture: ExpertFigures;
  };
}

/** Whether the training is to stand still. */
export interface PauseParams {
  readonly isPaused: boolean;
}

/** Requests to the engine process: what goes in, what comes out, which events come meanwhile. */
export interface EngineRequests {
  readonly describe: {
    readonly params: { readonly backend: BackendChoice };
    readonly result: BackendDescription;
    readonly event: never;
  };
  /** Reads the GPUs of the machine as they are now, whether one is used or not. */
  readonly readGpus: { readonly params: null; readonly result: GpuAnswer; readonly event: never };
  readonly train: { readonly params: TrainJob; readonly result: DoneEvent; readonly event: TrainEvent };
  /** Trains a network that only the engine can run. */
  readonly trainFamily: { readonly params: TrainFamilyJob; readonly result: DoneEvent; readonly event: TrainEvent };
  /** Has such a network write. */
  readonly sampleFamily: {
    readonly params: SampleFamilyJob;
    readonly result: SampleFamilyResult;
    readonly event: SampleFamilyEvent;
  };
  /** Says what such a network expects at a place. */
  readonly explainFamily: {
    readonly params: ExplainFamilyJob;
    readonly result: ExplainFamilyResult;
    readonly event: never;
  };
  /** Scores such a network on files. */
  readonly evaluateFamily: {
    readonly params: EvaluateFamilyJob;
    readonly result: EvaluateFamilyResult;
    readonly event: NoticeEvent | EvaluationProgressEvent;
  };
  /**
   * Has the training that runs stand still at its next step, or go on; `false` comes back where none runs. When it does, a
   * `PauseEvent` tells. A training that is cancelled while it stands saves and ends.
   */
  readonly pauseTraining: {
    readonly params: PauseParams;
    readonly result: PauseParams;
    readonly event: never;
  };
  readonly evaluate: { readonly params: EvaluateJob; readonly result: EvaluateResult; readonly event: EvaluateEvent };
  /** Trains several models on the same text and scores them. */
  readonly compare: { readonly params: CompareJob; readonly result: CompareResult; readonly event: CompareEvent };
  /** Looks at the gradients of networks on one window of text. */
  readonly gradients: { readonly params: GradientJob; readonly result: GradientResult; readonly event: GradientEvent };
  /** Trains a tagger or a classifier. */
  readonly trainLabeller: {
    readonly params: TrainLabellerJob;
    readonly result: TrainLabellerResult;
    readonly event: LabelEvent;
  };
  /** Trains what tells the languages of a workspace's files. */
  readonly languages: { readonly params: LanguagesJob; readonly result: LanguagesResult; readonly event: LabelEvent };
  /** How well a tagger or a classifier does on a file with labels. */
  readonly evaluateLabeller: {
    readonly params: EvaluateLabellerJob;
    readonly result: EvaluateLabellerResult;
    readonly event: LabelEvent;
  };
  /** Labels what has no labels. */
  readonly applyLabeller: {
    readonly params: ApplyLabellerJob;
    readonly result: ApplyLabellerResult;
    readonly event: LabelEvent;
  };
  /** Times the path by which training would predict. */
  readonly timeNetwork: {
    readonly params: TimeNetworkJob;
    readonly result: TimeNetworkResult;
    readonly event: never;
  };
  /** Times training itself. */
  readonly timeTraining: {
    readonly params: TimeTrainingJob;
    readonly result: TimeTrainingResult;
    readonly event: MemoryEvent;
  };
}

/** Wire format of every request channel. */
export type WireMessage =
  | { readonly kind: "request"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "event"; readonly id: number; readonly event: unknown }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorData };
