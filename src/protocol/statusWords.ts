import { counted, readableBytes, readableCount } from "../base/readableNumbers.ts";
import type { EvaluationPoint, FailureAction, InklingStatus } from "./dashboardMessages.ts";
import type { BackendDescription } from "./backendDescription.ts";
import type { CorpusEvent } from "./engineMessages.ts";
import type { PredictorModelInfo } from "./predictorMessages.ts";

/** The labels of the buttons. */
export const FAILURE_ACTION_LABELS: Readonly<Record<FailureAction, string>> = {
  openFolder: "Open Folder…",
  showLog: "Show Log",
  trainAgain: "Train Again",
  trainPortable: "Train Without TensorFlow",
  setUpTensorflow: "Set Up TensorFlow",
  openSettings: "Open Settings",
};

/** The phases of a run in words. */
export const PHASE_TEXTS: Readonly<Record<NonNullable<InklingStatus["phase"]>, string>> = {
  starting: "starting the engine",
  backend: "loading the backend",
  corpus: "reading the workspace",
  tokenizer: "cutting text into tokens",
  training: "training",
  evaluating: "measuring perplexity",
  measuring: "measuring",
  fitting: "learning how far to trust it",
  saving: "saving",
};

/** Phases after the last step; each is long enough to be named. */
export function isEndingPhase(phase: InklingStatus["phase"]): phase is "measuring" | "fitting" | "saving" {
  return phase === "measuring" || phase === "fitting" || phase === "saving";
}

/**
 * What a measurement was taken over, and whether it is the last word: `over 7,013 tokens`, `final, over 28,471 of 110,909 held-out
 * tokens`.
 */
export function measuredExtent({ tokens, isFinal }: EvaluationPoint, corpus: CorpusEvent | null): string {
  if (isFinal !== true) {
    return `over ${readableCount(tokens)} tokens`;
  }
  const isPart = corpus !== null && tokens < corpus.validationTokens;
  return `final, over ${readableCount(tokens)}${isPart ? ` of ${readableCount(corpus.validationTokens)}` : ""} held-out tokens`;
}

/** Figures of a corpus in one line: `335 files, 2.41 MB; left out for secrets: 3 files, 1 line`. */
export function corpusSummary(corpus: CorpusEvent): string {
  return `${counted(corpus.takenCount, "file")}, ${readableBytes(corpus.takenBytes)}; left out for secrets: ${secretSummary(corpus)}`;
}

/** What was left out for secrets: whole files, and single lines of others. */
export function secretSummary(corpus: CorpusEvent): string {
  return `${counted(secretCount(corpus), "file")}, ${counted(corpus.redactedCount, "line")}`;
}

/** Backend and device in words: `TensorFlow 2.21.0 on the CPU`, `TensorFlow 2.21.0 on the GPU, LSTMs by cuDNN in float16`. */
export function backendSummary({ backend, device, tensorflow, cudnnPrecision }: BackendDescription): string {
  if (backend === "portable") {
    return "portable backend (WebAssembly)";
  }
  const cudnn = cudnnPrecision === undefined ? "" : `, LSTMs by cuDNN in ${cudnnPrecision}`;
  return `TensorFlow${tensorflow === null ? "" : ` ${tensorflow.version}`} on the ${device === "gpu" ? "GPU" : "CPU"}${cudnn}`;
}

/** Reasons as sentences, one after the other; they come as fragments or sentences. */
export function reasonsText(reasons: readonly string[]): string {
  return reasons
    .map((reason) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : "."}`)
    .join(" ");
}

/** Kind and sizes of a model in one line: `LSTM, 1 layer of 512, 1,024 pieces`. */
export function modelSummary({ cell, layerCount, hiddenSize, vocabularySize, tokenizer }: PredictorModelInfo): string {
  const layers = layerCount === 1 ? "1 layer" : `${layerCount} layers`;
  return `${cell.toUpperCase()}, ${layers} of ${hiddenSize}, ${readableCount(vocabularySize)} ${tokenizer === "char" ? "characters" : "pieces"}`;
}

/** Files left out because of their secrets, by name or by content. */
function secretCount({ excludedCounts }: CorpusEvent): number {
  return (excludedCounts["secretFile"] ?? 0) + (excludedCounts["secretContent"] ?? 0);
}
