import type { Calibration } from "../models/calibration/calibration.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import type { SerializedVocabulary } from "../tokens/vocabulary.ts";

/** Sums over predicted tokens of held-out text. */
export interface CheckpointTally {
  readonly tokens: number;
  readonly bytes: number;
  readonly nats: number;
}

/** What a run has reached; shown to people and used to go on. */
export interface CheckpointProgress {
  readonly step: number;
  readonly epoch: number;
  readonly trainedTokens: number;
  readonly elapsedSeconds: number;
  /** What to show of these weights: over the validation documents, or until the run ended over a sample; null before. */
  readonly validation: CheckpointTally | null;
  /** The same weights over the sample by which they were chosen, to compare others with; null where there is none. */
  readonly sample: CheckpointTally | null;
}

/** How the model came about: enough to repeat the run on the CPU backend. */
export interface CheckpointOrigin {
  readonly seed: number;
  /** Of what the weights were trained on last. */
  readonly corpusFingerprint: string;
  /** Of the last corpus that the vocabulary was learnt from, or was found to fit; not given in the first versions: then it is `corpusFingerprint`. */
  readonly vocabularyFingerprint?: string;
  /** Training options as plain data. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  readonly backend: string;
  readonly device: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdEpochMs: number;
}

/** A model as it is used: sizes, vocabulary, best weights. */
export interface Checkpoint {
  readonly spec: NetworkSpec;
  readonly vocabulary: SerializedVocabulary;
  /** Best on validation so far. */
  readonly weights: WeightMap;
  readonly progress: CheckpointProgress;
  readonly origin: CheckpointOrigin;
  /** Paths of the documents trained on and validated on, so that `evaluate` can refuse or warn. */
  readonly trainingPaths: readonly string[];
  readonly validationPaths: readonly string[];
  /** How far to trust network and counts, fitted on held-out text; null where that was not done, or in another version's terms. */
  readonly gate: GateParameters | null;
  /** How often what is foreseen comes true, fitted with `gate`; not given where that was not done: then claims are taken as they are. */
  readonly calibration?: Calibration;
}

/** What only the trainer needs to continue the same run. */
export interface ResumeState {
  /** Latest weights, not the best ones. */
  readonly weights: WeightMap;
  /** Optimizer moments by name, e.g. `embedding/m`; float32. */
  readonly optimizer: WeightMap;
  /** Carried recurrent state by name: `h/0`, `c/0`, …; float32 [B, H]. */
  readonly carried: WeightMap;
  /** Position, schedule and random streams as plain JSON data. */
  readonly trainer: Readonly<Record<string, unknown>>;
}
