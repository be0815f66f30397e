import { readableBytes, readableCount } from "../base/readableNumbers.ts";
import type { FailureAction, InklingStatus } from "./dashboardMessages.ts";
import type { BackendDescription, CorpusEvent } from "./engineMessages.ts";
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
  saving: "saving the model",
};

/** Figures of a corpus in one line: files and bytes, and what was left out of it for secrets. */
export function corpusSummary(corpus: CorpusEvent): string {
  const secrets = secretCount(corpus);
  const parts = [`${readableCount(corpus.takenCount)} files`, readableBytes(corpus.takenBytes)];
  parts.push(secrets === 1 ? "1 file with secrets left out" : `${readableCount(secrets)} files with secrets left out`);
  return parts.join(", ");
}

/** Files left out because of their secrets, by name or by content. */
export function secretCount({ excludedCounts }: CorpusEvent): number {
  return (excludedCounts["secretFile"] ?? 0) + (excludedCounts["secretContent"] ?? 0);
}

/** Backend and device in words: `TensorFlow 2.21.0 on the CPU`. */
export function backendSummary({ backend, device, tensorflow }: BackendDescription): string {
  if (backend === "portable") {
    return "portable backend (WebAssembly)";
  }
  return `TensorFlow${tensorflow === null ? "" : ` ${tensorflow.version}`} on the ${device === "gpu" ? "GPU" : "CPU"}`;
}

/** Kind and sizes of a model in one line: `LSTM, 1 layer of 512, 1,024 pieces`. */
export function modelSummary({ layerCount, hiddenSize, vocabularySize, tokenizer }: PredictorModelInfo): string {
  const layers = layerCount === 1 ? "1 layer" : `${layerCount} layers`;
  return `LSTM, ${layers} of ${hiddenSize}, ${readableCount(vocabularySize)} ${tokenizer === "char" ? "characters" : "pieces"}`;
}
