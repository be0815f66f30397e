import type { TokenStream } from "../batches/tokenStream.ts";

/** Token ids that counts can hold. */
export const MAX_COUNTED_VOCABULARY = 1 << 16;

/** The documents of a stream as counts take them: without START, with END. Its vocabulary has at most `MAX_COUNTED_VOCABULARY` ids. */
export function streamDocuments({ tokens, documentStarts, documentCount }: TokenStream): readonly Uint16Array[] {
  return Array.from({ length: documentCount }, (_, index) =>
    Uint16Array.from(tokens.subarray((documentStarts[index] as number) + 1, documentStarts[index + 1])),
  );
}
