import type { CellKind, NetworkSpec } from "../models/neural/networkSpec.ts";
import type { BackendName } from "../protocol/backendDescription.ts";
import { DEFAULT_TRAINING_SETTINGS, type TrainingSettings } from "../training/trainingSettings.ts";
import { DEFAULT_BPE_VOCABULARY_SIZE } from "../tokens/trainBpe.ts";
import type { TokenizerKind } from "../tokens/vocabulary.ts";

/** Sizes and settings where the user named none. */
export interface ModelDefaults {
  /** H */
  readonly hiddenSize: number;
  /** L */
  readonly layerCount: number;
  /** V at most */
  readonly vocabularySize: number;
  readonly training: TrainingSettings;
}

/** What the defaults depend on. */
export interface ModelChoice {
  readonly backend: BackendName;
  readonly tokenizer: TokenizerKind;
  readonly cell: CellKind;
  /** UTF-16 units of the texts to learn from. */
  readonly textLength: number;
}

/** Without a memory cell that gradients pass unhindered, smaller steps. */
const LEARNING_RATES: Readonly<Record<CellKind, number>> = {
  lstm: DEFAULT_TRAINING_SETTINGS.learningRate,
  gru: DEFAULT_TRAINING_SETTINGS.learningRate / 2,
  rnn: DEFAULT_TRAINING_SETTINGS.learningRate / 4,
};

/** Characters beyond this many are rare in any one workspace and become the unknown character. */
const CHAR_VOCABULARY_SIZE = 512;

/**
 * What does best in two minutes on two cores (`docs/benchmarks.md`); where there is more time, `chooseWidth` may take a wider layer. The portable backend computes less in the same time, and
 * a model that is too large for its minutes is worse than a small one.
 */
export function modelDefaults({ backend, tokenizer, cell, textLength }: ModelChoice): ModelDefaults {
  const isPortable = backend === "portable";
  const training = { ...DEFAULT_TRAINING_SETTINGS, learningRate: LEARNING_RATES[cell] };
  return {
    hiddenSize: isPortable ? 192 : 256,
    layerCount: 1,
    vocabularySize: tokenizer === "char" ? CHAR_VOCABULARY_SIZE : bpeVocabularySize(textLength),
    training: isPortable ? { ...training, laneCount: 16, windowTokens: 32 } : training,
  };
}

/** UTF-16 units of a text from which on twice as many pieces are worth what they cost. */
const LARGE_TEXT_LENGTH = 4e6;

/** Longer pieces are met less often, by the network and by counts, so that only long texts teach more of them (`docs/benchmarks.md`, "Pieces by text"). */
function bpeVocabularySize(textLength: number): number {
  return textLength < LARGE_TEXT_LENGTH ? DEFAULT_BPE_VOCABULARY_SIZE : 2 * DEFAULT_BPE_VOCABULARY_SIZE;
}

/** Tokens of a text of which a run of minutes makes a few passes at most. */
const LARGE_TEXT_TOKENS = 2e6;

/** Units of one layer, and of all where there are several, that the usual rate is right for. */
const MOST_UNITS_OF_ONE_LAYER = 1024;
const MOST_UNITS_OF_SEVERAL = 512;

/** What a rate is fitted to. */
export interface RateCall {
  readonly spec: Pick<NetworkSpec, "hiddenSize" | "layerCount">;
  readonly predictedTokens: number;
}

/**
 * The settings with half the rate where the text is long. One that is read many times is kept from being learnt by heart by large steps
 * (`docs/benchmarks.md`); one that is read a few times has only the noise of them. Where layers are wide and lie upon each other the rate falls with their
 * units, for at the usual one they learn nothing at all.
 */
export function fitRate(settings: TrainingSettings, { spec, predictedTokens }: RateCall): TrainingSettings {
  const { hiddenSize: H, layerCount: L } = spec;
  const mostUnits = L === 1 ? MOST_UNITS_OF_ONE_LAYER : MOST_UNITS_OF_SEVERAL;
  const share = Math.min(1, mostUnits / (L * H)) * (predictedTokens > LARGE_TEXT_TOKENS ? 0.5 : 1);
  return { ...settings, learningRate: settings.learningRate * share };
}

/** Tokens of texts that need the most dropout, and of those that the usual is right for. */
const SMALL_TEXT_TOKENS = 5e4;
const USUAL_TEXT_TOKENS = 5e5;
const SMALL_TEXT_DROPOUT = { dropoutPerPass: 0.1, maxDropout: 0.75 };

/**
 * The settings with more dropout, and sooner, where the text is short: it is read so often that without it the best model is that of the first seconds
 * (`docs/benchmarks.md`). Between the two sizes by the logarithm of the text's.
 */
export function fitDropout(settings: TrainingSettings, predictedTokens: number): TrainingSettings {
  const way = Math.log(USUAL_TEXT_TOKENS / predictedTokens) / Math.log(USUAL_TEXT_TOKENS / SMALL_TEXT_TOKENS);
  const share = Math.min(1, Math.max(0, way));
  const between = (usual: number, most: number): number => usual + share * (most - usual);
  return {
    ...settings,
    dropoutPerPass: between(settings.dropoutPerPass, SMALL_TEXT_DROPOUT.dropoutPerPass),
    maxDropout: between(settings.maxDropout, SMALL_TEXT_DROPOUT.maxDropout),
  };
}

/** A pass over a small workspace still has to be several updates. */
const MIN_WINDOWS_PER_EPOCH = 12;
/** Fewer lanes than this waste the processor: a step costs about the same. */
const MIN_LANES = 8;

/** The settings with fewer lanes where the text is short, so that a pass over it is more than a step or two. */
export function fitLanes<S extends Pick<TrainingSettings, "laneCount" | "windowTokens">>(
  settings: S,
  predictedTokens: number,
): S {
  const laneCount = Math.floor(predictedTokens / (settings.windowTokens * MIN_WINDOWS_PER_EPOCH));
  return { ...settings, laneCount: Math.min(settings.laneCount, Math.max(MIN_LANES, laneCount)) };
}
