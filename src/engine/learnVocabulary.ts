import { trainBpe } from "../tokens/trainBpe.ts";
import { trainCharVocabulary } from "../tokens/trainCharVocabulary.ts";
import type { TokenizerKind, Vocabulary } from "../tokens/vocabulary.ts";

export interface VocabularyChoice {
  readonly kind: TokenizerKind;
  readonly vocabularySize: number;
  readonly signal: AbortSignal;
}

/** The vocabulary of a choice, learnt from texts; the size has to be one that `requireVocabularySize` lets pass. */
export function learnVocabulary(
  texts: Iterable<string>,
  { kind, vocabularySize, signal }: VocabularyChoice,
): Vocabulary {
  return kind === "bpe" ? trainBpe(texts, { vocabularySize, signal }) : trainCharVocabulary(texts, { vocabularySize });
}
