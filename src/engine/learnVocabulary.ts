import { LmError } from "../base/errors.ts";
import { MAX_BPE_VOCABULARY_SIZE, MIN_BPE_VOCABULARY_SIZE, trainBpe } from "../tokens/trainBpe.ts";
import { MIN_CHAR_VOCABULARY_SIZE, trainCharVocabulary } from "../tokens/trainCharVocabulary.ts";
import type { TokenizerKind, Vocabulary } from "../tokens/vocabulary.ts";

export interface VocabularyChoice {
  readonly kind: TokenizerKind;
  readonly vocabularySize: number;
  readonly signal: AbortSignal;
}

/** The vocabulary of a choice, learnt from texts; throws `LmError("badArgument")` for a size no such vocabulary can have. */
export function learnVocabulary(
  texts: Iterable<string>,
  { kind, vocabularySize, signal }: VocabularyChoice,
): Vocabulary {
  const smallest = kind === "bpe" ? MIN_BPE_VOCABULARY_SIZE : MIN_CHAR_VOCABULARY_SIZE;
  if (vocabularySize < smallest || vocabularySize > MAX_BPE_VOCABULARY_SIZE) {
    const range = `from ${smallest} to ${MAX_BPE_VOCABULARY_SIZE}`;
    throw new LmError("badArgument", `A ${kind} vocabulary has ${range} pieces; ${vocabularySize} were asked for.`);
  }
  return kind === "bpe" ? trainBpe(texts, { vocabularySize, signal }) : trainCharVocabulary(texts, { vocabularySize });
}
