import type { BackendName } from "../protocol/engineMessages.ts";
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

/** Characters beyond this many are rare in any one workspace and become the unknown character. */
const CHAR_VOCABULARY_SIZE = 512;

/**
 * What does best in two minutes on two cores (`docs/benchmarks.md`). The portable backend computes a tenth as fast, and
 * a model that is too large for its minutes is worse than a small one.
 */
export function modelDefaults(backend: BackendName, tokenizer: TokenizerKind): ModelDefaults {
  const isPortable = backend === "portable";
  const bpeSize = isPortable ? 512 : DEFAULT_BPE_VOCABULARY_SIZE;
  return {
    hiddenSize: isPortable ? 128 : 512,
    layerCount: 1,
    vocabularySize: tokenizer === "char" ? CHAR_VOCABULARY_SIZE : bpeSize,
    training: isPortable ? { ...DEFAULT_TRAINING_SETTINGS, laneCount: 16, windowTokens: 32 } : DEFAULT_TRAINING_SETTINGS,
  };
}
