import { encodeDocuments, type TokenStream } from "../batches/tokenStream.ts";
import type { CorpusDocument } from "../corpus/corpus.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** Held-out documents as tokens. */
export interface HeldOutText {
  readonly stream: TokenStream;
  /** Where each document of the stream, or what it was cut from, lies. */
  readonly paths: readonly string[];
  /** Whether held-out text was left aside for the sake of time. */
  readonly isCut: boolean;
}

/** Scored every few seconds while training, so it has to be scored in a fraction of one. */
const SAMPLE_BYTES = 24_000;
/** Many short passages say more than a few long ones. */
const PASSAGE_BYTES = 1_500;
/** Scored once, at the end. */
const WHOLE_BYTES = 500_000;

/** Passages spread evenly over all text that is held out; null where nothing is. */
export function heldOutSample(documents: readonly CorpusDocument[], vocabulary: Vocabulary): HeldOutText | null {
  const passages = documents.flatMap(({ path, text }) =>
    cutIntoPassages(text).map((passage) => ({ path, text: passage })),
  );
  return pick(passages, { maxBytes: SAMPLE_BYTES, vocabulary });
}

/** All documents that are held out, or an even selection where they are very many; null where nothing is. */
export function heldOutWhole(documents: readonly CorpusDocument[], vocabulary: Vocabulary): HeldOutText | null {
  return pick(documents, { maxBytes: WHOLE_BYTES, vocabulary });
}

/** Every n-th text, with the smallest n for which they fit. */
function pick(
  texts: readonly Pick<CorpusDocument, "path" | "text">[],
  { maxBytes, vocabulary }: { readonly maxBytes: number; readonly vocabulary: Vocabulary },
): HeldOutText | null {
  if (texts.length === 0) {
    return null;
  }
  const totalLength = texts.reduce((sum, { text }) => sum + text.length, 0);
  const stride = Math.max(1, Math.ceil(totalLength / maxBytes));
  const picked = texts.filter((_, index) => index % stride === 0);
  return {
    stream: encodeDocuments(
      picked.map(({ text }) => text),
      vocabulary,
    ),
    paths: picked.map(({ path }) => path),
    isCut: stride > 1,
  };
}

/** The text in pieces of about a passage, cut at line ends where there are any. */
function cutIntoPassages(text: string): readonly string[] {
  const passages: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = passageEnd(text, start);
    passages.push(text.slice(start, end));
    start = end;
  }
  return passages;
}

function passageEnd(text: string, start: number): number {
  const limit = start + PASSAGE_BYTES;
  if (limit >= text.length) {
    return text.length;
  }
  const lineEnd = text.lastIndexOf("\n", limit);
  return lineEnd > start ? lineEnd + 1 : limit;
}
