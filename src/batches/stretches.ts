import type { TokenStream } from "./tokenStream.ts";
import { documentPredictions } from "./windowWriter.ts";

/** Predictions of one document that are read in one go, from a state of zero. */
export interface Stretch {
  readonly document: number;
  /** The first prediction that is read, counted from the document's START. */
  readonly firstToken: number;
  /** Predictions read, those of the run-up included. */
  readonly count: number;
  /** How many of them, at the beginning, only bring the state to where it would be, and count for nothing. */
  readonly runUpCount: number;
}

/** Every document of a stream in one stretch. */
export function wholeDocuments(stream: TokenStream): readonly Stretch[] {
  return Array.from({ length: stream.documentCount }, (_, document) => ({
    document,
    firstToken: 0,
    count: documentPredictions(stream, document),
    runUpCount: 0,
  }));
}

/**
 * The documents of a stream in stretches that count at most `maxCount` predictions each, so that every prediction counts in
 * exactly one. A stretch that begins within a document reads up to `runUpTokens` before it for context.
 */
export function cutDocuments(
  stream: TokenStream,
  { maxCount, runUpTokens }: { readonly maxCount: number; readonly runUpTokens: number },
): readonly Stretch[] {
  return wholeDocuments(stream).flatMap((whole) => {
    const parts = Math.max(1, Math.ceil(whole.count / maxCount));
    return Array.from({ length: parts }, (_, part) => {
      const start = Math.floor((part * whole.count) / parts);
      const end = Math.floor(((part + 1) * whole.count) / parts);
      const runUpCount = Math.min(start, runUpTokens);
      return { ...whole, firstToken: start - runUpCount, count: end - start + runUpCount, runUpCount };
    });
  });
}

/** UTF-8 bytes of what a stretch predicts and counts. */
export function countedBytes({ tokens, documentStarts, pieceBytes }: TokenStream, stretch: Stretch): number {
  const first = (documentStarts[stretch.document] as number) + stretch.firstToken + 1;
  let bytes = 0;
  for (let index = first + stretch.runUpCount; index < first + stretch.count; index++) {
    bytes += pieceBytes[tokens[index] as number] as number;
  }
  return bytes;
}
