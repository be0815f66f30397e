import type { AnyVocabulary } from "./anyVocabulary.ts";

/**
 * How many of some tokens stand for anything that the vocabulary does not have. None where it covers every text, as byte pairs do, nor where the text itself writes
 * its mark for unknown words, which then is a word like others.
 * @param tokens each in [0, V); borrowed
 */
export function countUnknown(tokens: Int32Array | Uint16Array, vocabulary: AnyVocabulary): number {
  if (!("unknownId" in vocabulary)) {
    return 0;
  }
  const { unknownId } = vocabulary as { readonly unknownId: number };
  if (vocabulary.pieceBytes(unknownId).length > 0) {
    return 0;
  }
  let count = 0;
  for (const token of tokens) {
    count += token === unknownId ? 1 : 0;
  }
  return count;
}
