import type { BackendChoice, BackendName, DeviceName } from "./backendDescription.ts";

/** Steps of an LSTM with the weights that seed 1 gives, one token at a time, with the distribution behind each. */
export interface TimeNetworkJob {
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly vocabularySize: number;
  readonly batch: number;
  /** Steps that are timed together, after as many that are not. */
  readonly stepCount: number;
}

export interface TimeNetworkResult {
  readonly backend: BackendName;
  /** For each step with its distribution, all lanes together. */
  readonly stepMs: number;
  /** Log probabilities of lane 0 behind the last step, [V]. */
  readonly logProbabilities: readonly number[];
}

/** How likely tokens are where they are drawn at random: as pieces of text are, or all equally. */
export const TOKEN_LAWS = ["zipf", "uniform"] as const;

export type TokenLaw = (typeof TOKEN_LAWS)[number];

/** Whole training steps of an LSTM, on tokens drawn at random. */
export interface TimeTrainingJob {
  readonly backend: BackendChoice;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly vocabularySize: number;
  readonly laneCount: number;
  readonly windowTokens: number;
  /** Steps that are timed, after a few that are not. */
  readonly stepCount: number;
  /** What depends on a token alone is computed once for all its places: the more evenly tokens come, the more of them a window has, and the longer a step takes. */
  readonly tokenLaw: TokenLaw;
  /** Steps from one event that tells of memory to the next; without it there are none. */
  readonly memorySteps?: number;
}

/** What is held after a step. */
export interface MemoryEvent {
  readonly type: "memory";
  /** Counted from 1. */
  readonly step: number;
  readonly tensorCount: number;
  /** Of the engine's process. */
  readonly residentBytes: number;
}

export interface TimeTrainingResult {
  readonly backend: BackendName;
  readonly device: DeviceName;
  /** For each step; fewer than asked for where it was cancelled. */
  readonly stepMs: readonly number[];
  /** Tensors that were there after the last step and not before the first. */
  readonly addedTensors: number;
  /** What the engine's process holds of the machine's memory. */
  readonly residentBytes: number;
}
