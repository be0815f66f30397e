import type { ErrorCode } from "../base/errors.ts";
import { isNormCounts, type NormCounts } from "../base/normBins.ts";
import { type ComparisonView, isComparisonView } from "./comparisonView.ts";
import type { BackendDescription } from "./backendDescription.ts";
import { type CorpusEvent, type PhaseEvent, TRAINING_MODES, type TrainingMode } from "./engineMessages.ts";
import { type GradientView, isGradientView } from "./gradientView.ts";
import type { CountTotals, PredictorModelInfo } from "./predictorMessages.ts";
import { isListOf, isNullOr, isRecord, isText } from "./shapeChecks.ts";
import { isStepUsage, type StepUsage } from "./stepUsage.ts";

/** One point of the training curves: means over `stepCount` steps that end at `step`. */
export interface ProgressPoint {
  readonly elapsedSeconds: number;
  readonly step: number;
  readonly stepCount: number;
  readonly tokens: number;
  readonly lossNats: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
  /** How many of the steps had which; absent in runs recorded before that was told. */
  readonly normCounts?: NormCounts;
  /** Global norm after clipping. */
  readonly clippedGradientNorm: number;
  /** Share of the steps that were clipped, in [0, 1]. */
  readonly clippedFraction: number;
  readonly tokensPerSecond: number;
  readonly learningRate: number;
}

/** One measurement on the validation documents. */
export interface EvaluationPoint {
  readonly elapsedSeconds: number;
  readonly step: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly nats: number;
  readonly isBest: boolean;
  /** True for that of the model kept, over as much held-out text as there was time for. */
  readonly isFinal?: boolean;
  /** As in `EvaluationEvent`; not there in runs recorded before it was told. */
  readonly recurrentNorm?: number;
}

/** The validation perplexity of a measurement. */
export function perplexityOf({ nats, tokens }: EvaluationPoint): number {
  return Math.exp(nats / tokens);
}

/** The bits per byte of a measurement. */
export function bitsPerByteOf({ nats, bytes }: EvaluationPoint): number {
  return nats / Math.LN2 / bytes;
}

/**
 * The measurement that stands for the model kept: the final one; before there is one, the best among those over the most
 * tokens, ties going to the first.
 */
export function keptEvaluation(evaluations: readonly EvaluationPoint[]): EvaluationPoint | null {
  const final = evaluations.findLast(({ isFinal }) => isFinal === true);
  if (final !== undefined) {
    return final;
  }
  const most = Math.max(...evaluations.map(({ tokens }) => tokens));
  let kept: EvaluationPoint | null = null;
  for (const point of evaluations) {
    if (point.tokens === most && (kept === null || point.nats < kept.nats)) {
      kept = point;
    }
  }
  return kept;
}

/**
 * The best measurement that the newest can be compared with: the newest itself where it is final, else the least perplexity among
 * those over as many tokens, ties going to the first.
 */
export function bestEvaluation(evaluations: readonly EvaluationPoint[]): EvaluationPoint | null {
  const newest = evaluations.at(-1);
  if (newest === undefined || newest.isFinal === true) {
    return newest ?? null;
  }
  const comparable = evaluations.filter(({ tokens, isFinal }) => tokens === newest.tokens && isFinal !== true);
  return comparable.reduce((best, point) => (point.nats < best.nats ? point : best));
}

/** The measurement that a model's perplexity comes from: it knows over how much text; null where it was not kept. */
export function measurementOf(
  { perplexity }: PredictorModelInfo,
  evaluations: readonly EvaluationPoint[],
): EvaluationPoint | null {
  if (perplexity === null) {
    return null;
  }
  // The same division was done in two places.
  return evaluations.findLast((point) => Math.abs(perplexityOf(point) / perplexity - 1) < 1e-9) ?? null;
}

/** Seconds from a run's beginning to the last that was told of it. */
export function runSeconds({ progress, evaluations }: RunHistory): number {
  return Math.max(progress.at(-1)?.elapsedSeconds ?? 0, evaluations.at(-1)?.elapsedSeconds ?? 0);
}

/** The course of one training run, as it is kept beside the model. */
export interface RunHistory {
  /** Milliseconds since 1970-01-01 UTC at which the run began; 0 for no run. */
  readonly startedEpochMs: number;
  readonly budgetSeconds: number | null;
  /** How much of the machine it takes; absent in runs recorded before that was told. */
  readonly mode?: TrainingMode;
  /** Global norm at which gradients are clipped; null where the engine did not tell. */
  readonly clipNorm: number | null;
  readonly progress: readonly ProgressPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly corpus: CorpusEvent | null;
  readonly backend: BackendDescription | null;
  readonly notices: readonly string[];
  /** Why the run ended; null while it runs or when it was cut off. */
  readonly stopped: string | null;
}

export const EMPTY_RUN_HISTORY: RunHistory = {
  startedEpochMs: 0,
  budgetSeconds: null,
  clipNorm: null,
  progress: [],
  evaluations: [],
  corpus: null,
  backend: null,
  notices: [],
  stopped: null,
};

/** What a person can do about a failure; each is a button. */
export const FAILURE_ACTIONS = [
  "openFolder",
  "showLog",
  "trainAgain",
  "trainPortable",
  "setUpTensorflow",
  "openSettings",
] as const;

export type FailureAction = (typeof FAILURE_ACTIONS)[number];

/** A failure as people meet it. */
export interface FailureMessage {
  readonly code: ErrorCode;
  readonly severity: "information" | "warning" | "error";
  /** One or two sentences: what happened and what to do. */
  readonly text: string;
  readonly actions: readonly FailureAction[];
}

/** What became of the suggestions since the counts were reset; `shown` is inferred, since no editor event tells it. */
export interface SuggestionCounts {
  readonly shown: number;
  readonly accepted: number;
  readonly acceptedCharacters: number;
}

const ACTIVITIES = ["idle", "training", "pausing", "paused", "cancelling"] as const;

/** What Inkling is doing and what it has, in plain data. */
export interface InklingStatus {
  /** A training is `pausing` from the order to pause until it has come to its next step. */
  readonly activity: (typeof ACTIVITIES)[number];
  readonly phase: PhaseEvent["phase"] | "starting" | null;
  /** Share of a long phase that is over, in [0, 1]; null where it is not told. */
  readonly phaseFraction: number | null;
  /** Share of the budget used, in [0, 1]; 0 while idle. */
  readonly fraction: number;
  /** Latest of the current or last run. */
  readonly progress: ProgressPoint | null;
  /** Latest of the current or last run. */
  readonly validation: EvaluationPoint | null;
  /** The best that `validation` can be compared with; while a run learns by heart it is better than the latest. */
  readonly bestValidation: EvaluationPoint | null;
  /** What the steps of the current or last run took so far; null where it was not measured in this session. */
  readonly usage: StepUsage | null;
  /** The model that answers; null where there is none. */
  readonly model: PredictorModelInfo | null;
  /** Whether files of a model are there and are being read for the first time. */
  readonly isLoading: boolean;
  readonly backend: BackendDescription | null;
  readonly corpus: CorpusEvent | null;
  /** What went wrong last, until the next run. */
  readonly failure: FailureMessage | null;
  readonly isEnabled: boolean;
  readonly hasWorkspace: boolean;
  /** Share of the workspace's files that is counted, while that is done for the first time. */
  readonly counting: { readonly fraction: number } | null;
  /** What is counted of the workspace; null where nothing is. */
  readonly counts: CountTotals | null;
  readonly suggestions: SuggestionCounts;
}

/** From the extension to the dashboard. */
export type DashboardUpdate =
  | { readonly type: "snapshot"; readonly status: InklingStatus; readonly history: RunHistory }
  | { readonly type: "status"; readonly status: InklingStatus }
  | { readonly type: "comparison"; readonly comparison: ComparisonView }
  | { readonly type: "gradients"; readonly gradients: GradientView }
  | {
      readonly type: "points";
      readonly progress: readonly ProgressPoint[];
      readonly evaluations: readonly EvaluationPoint[];
    };

export const DASHBOARD_ACTIONS = [
  "ready",
  "train",
  "continue",
  "pause",
  "resume",
  "cancel",
  "compare",
  "cancelComparison",
  "inspectGradients",
  "cancelGradients",
  "sample",
  "report",
  ...FAILURE_ACTIONS,
] as const;

/** What a person asked for in the dashboard; `ready` comes from the page itself and asks for a snapshot. */
export type DashboardAction = (typeof DASHBOARD_ACTIONS)[number];

/** From the dashboard to the extension. */
export interface DashboardRequest {
  readonly type: "action";
  readonly action: DashboardAction;
}

/** The request in a message of the page, or `undefined` where it is none. */
export function parseDashboardRequest(message: unknown): DashboardRequest | undefined {
  if (!isRecord(message) || message["type"] !== "action") {
    return undefined;
  }
  const action = DASHBOARD_ACTIONS.find((known) => known === message["action"]);
  return action === undefined ? undefined : { type: "action", action };
}

/** The update in a message of the extension, or `undefined` where it is none. */
export function parseDashboardUpdate(message: unknown): DashboardUpdate | undefined {
  if (!isRecord(message)) {
    return undefined;
  }
  switch (message["type"]) {
    case "snapshot": {
      const { status, history } = message;
      return isStatus(status) && isRunHistory(history) ? { type: "snapshot", status, history } : undefined;
    }
    case "status": {
      const { status } = message;
      return isStatus(status) ? { type: "status", status } : undefined;
    }
    case "comparison": {
      const { comparison } = message;
      return isComparisonView(comparison) ? { type: "comparison", comparison } : undefined;
    }
    case "gradients": {
      const { gradients } = message;
      return isGradientView(gradients) ? { type: "gradients", gradients } : undefined;
    }
    case "points": {
      const { progress, evaluations } = message;
      return isListOf(progress, isProgressPoint) && isListOf(evaluations, isEvaluationPoint)
        ? { type: "points", progress, evaluations }
        : undefined;
    }
    default:
      return undefined;
  }
}

const PROGRESS_KEYS = [
  "elapsedSeconds",
  "step",
  "stepCount",
  "tokens",
  "lossNats",
  "gradientNorm",
  "clippedGradientNorm",
  "clippedFraction",
  "tokensPerSecond",
  "learningRate",
] as const satisfies readonly (keyof ProgressPoint)[];

/** Whether a value is a point of the training curves; every figure must be finite. */
export function isProgressPoint(value: unknown): value is ProgressPoint {
  return (
    isRecord(value) &&
    PROGRESS_KEYS.every((key) => Number.isFinite(value[key])) &&
    (value["normCounts"] === undefined || isNormCounts(value["normCounts"]))
  );
}

/** Whether a value is a measurement on the validation documents with at least one token. */
export function isEvaluationPoint(value: unknown): value is EvaluationPoint {
  return (
    isRecord(value) &&
    ["elapsedSeconds", "step", "tokens", "bytes", "nats"].every((key) => Number.isFinite(value[key])) &&
    Number(value["tokens"]) > 0 &&
    typeof value["isBest"] === "boolean" &&
    (value["recurrentNorm"] === undefined || Number.isFinite(value["recurrentNorm"]))
  );
}

/** Whether a value is the history of a run. */
export function isRunHistory(value: unknown): value is RunHistory {
  return (
    isRecord(value) &&
    Number.isFinite(value["startedEpochMs"]) &&
    isNullOr(value["budgetSeconds"], Number.isFinite) &&
    (value["mode"] === undefined || TRAINING_MODES.some((mode) => mode === value["mode"])) &&
    isNullOr(value["clipNorm"], Number.isFinite) &&
    isListOf(value["progress"], isProgressPoint) &&
    isListOf(value["evaluations"], isEvaluationPoint) &&
    isNullOr(value["corpus"], isCorpusEvent) &&
    isNullOr(value["backend"], isBackendDescription) &&
    isListOf(value["notices"], isText) &&
    isNullOr(value["stopped"], isText)
  );
}

/** Whether a value tells what a corpus holds. */
export function isCorpusEvent(value: unknown): value is CorpusEvent {
  return (
    isRecord(value) &&
    [
      "takenCount",
      "takenBytes",
      "duplicateCount",
      "redactedCount",
      "trainingTokens",
      "validationTokens",
      "vocabularySize",
      "parameterCount",
    ].every((key) => Number.isFinite(value[key])) &&
    isRecord(value["excludedCounts"]) &&
    Object.values(value["excludedCounts"]).every(Number.isFinite)
  );
}

/** Whether a value describes a backend. */
export function isBackendDescription(value: unknown): value is BackendDescription {
  return (
    isRecord(value) &&
    (value["backend"] === "tensorflow" || value["backend"] === "portable") &&
    (value["device"] === "cpu" || value["device"] === "gpu") &&
    isNullOr(value["tensorflow"], (found) => isRecord(found) && isText(found["version"]) && isText(found["path"])) &&
    isListOf(value["reasons"], isText) &&
    (value["cudnnPrecision"] === undefined ||
      value["cudnnPrecision"] === "float32" ||
      value["cudnnPrecision"] === "float16")
  );
}

function isStatus(value: unknown): value is InklingStatus {
  return (
    isRecord(value) &&
    ACTIVITIES.some((activity) => activity === value["activity"]) &&
    Number.isFinite(value["fraction"]) &&
    isNullOr(value["phase"], isText) &&
    isNullOr(value["phaseFraction"], Number.isFinite) &&
    isNullOr(value["progress"], isProgressPoint) &&
    isNullOr(value["validation"], isEvaluationPoint) &&
    isNullOr(value["bestValidation"], isEvaluationPoint) &&
    isNullOr(value["usage"], isStepUsage) &&
    isNullOr(
      value["model"],
      (model) => isRecord(model) && isText(model["directory"]) && Number.isFinite(model["vocabularySize"]),
    ) &&
    isNullOr(value["backend"], isBackendDescription) &&
    isNullOr(value["corpus"], isCorpusEvent) &&
    isNullOr(
      value["failure"],
      (failure) =>
        isRecord(failure) &&
        isText(failure["code"]) &&
        isText(failure["text"]) &&
        isListOf(failure["actions"], isFailureAction),
    ) &&
    typeof value["isLoading"] === "boolean" &&
    typeof value["isEnabled"] === "boolean" &&
    typeof value["hasWorkspace"] === "boolean" &&
    isNullOr(value["counting"], (counting) => isRecord(counting) && Number.isFinite(counting["fraction"])) &&
    isNullOr(value["counts"], (counts) => isRecord(counts) && Number.isFinite(counts["fileCount"])) &&
    isRecord(value["suggestions"]) &&
    ["shown", "accepted", "acceptedCharacters"].every((key) =>
      Number.isFinite((value["suggestions"] as Record<string, unknown>)[key]),
    )
  );
}

function isFailureAction(value: unknown): value is FailureAction {
  return FAILURE_ACTIONS.some((action) => action === value);
}
