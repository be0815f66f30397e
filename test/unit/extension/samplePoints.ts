import {
  EMPTY_RUN_HISTORY,
  type EvaluationPoint,
  type InklingStatus,
  type ProgressPoint,
  type RunHistory,
} from "../../../src/protocol/dashboardMessages.ts";
import type { CorpusEvent, EvaluationEvent, ProgressEvent } from "../../../src/protocol/engineMessages.ts";
import type { GpuReading, GpuUsage } from "../../../src/protocol/gpuUsage.ts";
import type { StepUsage } from "../../../src/protocol/stepUsage.ts";
import type { PredictorModelInfo } from "../../../src/protocol/predictorMessages.ts";
import { IDLE_STATUS } from "../../../src/extension/inklingState.ts";

export function progressEvent(facts: Partial<ProgressEvent> = {}): ProgressEvent {
  return {
    type: "progress",
    elapsedSeconds: 1,
    fraction: 0.1,
    step: 10,
    tokens: 10_240,
    epoch: 0,
    lossNats: 3,
    perplexity: Math.exp(3),
    gradientNorm: 2,
    clippedGradientNorm: 1,
    clippedFraction: 1,
    tokensPerSecond: 14_000,
    learningRate: 0.002,
    ...facts,
  };
}

export const USAGE: StepUsage = {
  stepCount: 10,
  phaseMs: { input: 10, forward: 600, backward: 1200, update: 150, host: 40 },
  processorMs: 3000,
  threadCount: 2,
  residentBytes: 563_000_000,
  tensorCount: 19,
  tensorBytes: 9_530_000,
};

export const GPU: GpuReading = {
  name: "NVIDIA L4",
  driverVersion: "550.54.15",
  usedBytes: 1_260_000_000,
  totalBytes: 24_200_000_000,
  utilisation: 0.87,
};

export const GPU_USAGE: GpuUsage = { latest: GPU, utilisationSum: 2.4, readingCount: 3 };

export function evaluationEvent(facts: Partial<EvaluationEvent> = {}): EvaluationEvent {
  return {
    type: "evaluation",
    split: "validation",
    elapsedSeconds: 1,
    step: 10,
    tokens: 1000,
    bytes: 4000,
    nats: 1000 * Math.log(8.21),
    perplexity: 8.21,
    bitsPerByte: 0.759,
    isBest: true,
    isFinal: false,
    ...facts,
  };
}

export function progressPoint(facts: Partial<ProgressPoint> = {}): ProgressPoint {
  return {
    elapsedSeconds: 1,
    step: 10,
    stepCount: 10,
    tokens: 10_240,
    lossNats: Math.log(20),
    gradientNorm: 2,
    clippedGradientNorm: 1,
    clippedFraction: 1,
    tokensPerSecond: 14_000,
    learningRate: 0.002,
    ...facts,
  };
}

export function evaluationPoint(facts: Partial<EvaluationPoint> = {}): EvaluationPoint {
  return {
    elapsedSeconds: 1,
    step: 10,
    tokens: 14_208,
    bytes: 61_022,
    nats: 14_208 * Math.log(8.21),
    isBest: true,
    ...facts,
  };
}

export const CORPUS: CorpusEvent = {
  type: "corpus",
  takenCount: 335,
  takenBytes: 2_410_000,
  excludedCounts: { ignored: 12, secretFile: 1, secretContent: 2, binary: 4 },
  duplicateCount: 0,
  redactedCount: 3,
  trainingTokens: 812_044,
  validationTokens: 92_108,
  vocabularySize: 1024,
  parameterCount: 2_626_560,
};

export const MODEL: PredictorModelInfo = {
  directory: "/model",
  step: 864,
  vocabularySize: 1024,
  cell: "lstm",
  hiddenSize: 512,
  layerCount: 1,
  tokenizer: "bpe",
  perplexity: 8.21,
  bitsPerByte: 0.759,
};

export function status(facts: Partial<InklingStatus> = {}): InklingStatus {
  return { ...IDLE_STATUS, hasWorkspace: true, ...facts };
}

export function history(facts: Partial<RunHistory> = {}): RunHistory {
  return { ...EMPTY_RUN_HISTORY, startedEpochMs: 1_767_000_000_000, ...facts };
}
