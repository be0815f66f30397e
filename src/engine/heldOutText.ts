import { encodeDocuments, type TokenStream } from "../batches/tokenStream.ts";
import type { CorpusDocument } from "../corpus/corpus.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** Held-out documents as tokens. */
export interface HeldOutText {
  readonly stream: TokenStream;
  /** Whether held-out text was left aside for the sake of time. */
  readonly isCut: boolean;
}

/** Scored every few seconds while training, so it has to be scored in a fraction of one. */
const SAMPLE_BYTES = 24_000;
/** Beginnings only: many documents say more than a few whole ones. */
const SAMPLE_DOCUMENT_BYTES = 2_000;
/** Scored once, at the end. */
const WHOLE_BYTES = 2_000_000;

/** Beginnings of documents spread evenly over all that are held out; null where nothing is. */
export function heldOutSample(documents: readonly CorpusDocument[], vocabulary: Vocabulary): HeldOutText | null {
  const beginnings = documents.map(({ text }) => cutAtLine(text, SAMPLE_DOCUMENT_BYTES));
  return pick(beginnings, { maxBytes: SAMPLE_BYTES, vocabulary });
}

/** All documents that are held out, or an even selection where they are very many; null where nothing is. */
export function heldOutWhole(documents: readonly CorpusDocument[], vocabulary: Vocabulary): HeldOutText | null {
  return pick(
    documents.map(({ text }) => text),
    { maxBytes: WHOLE_BYTES, vocabulary },
  );
}

/** Every n-th text, with the smallest n for which they fit. */
function pick(
  texts: readonly string[],
  { maxBytes, vocabulary }: { readonly maxBytes: number; readonly vocabulary: Vocabulary },
): HeldOutText | null {
  if (texts.length === 0) {
    return null;
  }
  const totalLength = texts.reduce((sum, text) => sum + text.length, 0);
  const stride = Math.max(1, Math.ceil(totalLength / maxBytes));
  const picked = texts.filter((_, index) => index % stride === 0);
  return { stream: encodeDocuments(picked, vocabulary), isCut: stride > 1 };
}

function cutAtLine(text: string, maxLength: number): string {
  if (text.length <= maxLength) {
    return text;
  }
  const lineEnd = text.lastIndexOf("\n", maxLength);
  return text.slice(0, lineEnd < 0 ? 0 : lineEnd + 1);
}
