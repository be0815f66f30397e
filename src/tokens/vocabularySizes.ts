import { LmError } from "../base/errors.ts";
import { MAX_BPE_VOCABULARY_SIZE, MIN_BPE_VOCABULARY_SIZE } from "./trainBpe.ts";
import { MIN_CHAR_VOCABULARY_SIZE } from "./trainCharVocabulary.ts";
import type { TokenizerKind } from "./vocabulary.ts";

/** Sizes that a vocabulary of each kind may be asked to have at most. */
export const VOCABULARY_SIZES: Readonly<Record<TokenizerKind, { readonly least: number; readonly most: number }>> = {
  char: { least: MIN_CHAR_VOCABULARY_SIZE, most: MAX_BPE_VOCABULARY_SIZE },
  bpe: { least: MIN_BPE_VOCABULARY_SIZE, most: MAX_BPE_VOCABULARY_SIZE },
};

/** Throws `LmError("badArgument")` for a size that no vocabulary of a kind can have. */
export function requireVocabularySize(kind: TokenizerKind, vocabularySize: number): void {
  const { least, most } = VOCABULARY_SIZES[kind];
  if (vocabularySize < least || vocabularySize > most) {
    const name = kind === "bpe" ? "byte-pair (bpe)" : "character (char)";
    throw new LmError(
      "badArgument",
      `A ${name} vocabulary may have from ${least} to ${most} pieces; ${vocabularySize} were asked for. Name a size in that range.`,
    );
  }
}
