import fc from "fast-check";
import { encodeDocuments, type TokenStream } from "../../../src/batches/tokenStream.ts";
import { CharVocabulary } from "../../../src/tokens/charVocabulary.ts";

/** Ids 3 … 28 are the letters, START is 0 and END is 1. */
export const LETTERS = new CharVocabulary(Array.from("abcdefghijklmnopqrstuvwxyz"));

export function streamOf(...texts: readonly string[]): TokenStream {
  return encodeDocuments(texts, LETTERS);
}

/** Streams of one to twelve documents, empty ones among them. */
export const anyStream = fc
  .array(fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), maxLength: 40 }), { minLength: 1, maxLength: 12 })
  .map((texts) => streamOf(...texts));
