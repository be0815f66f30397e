import { BASE_PIECES } from "./bpeAlphabet.ts";
import { BpeVocabulary } from "./bpeVocabulary.ts";
import { ChunkCounter } from "./chunkCounter.ts";
import { MergeLearner } from "./mergeLearner.ts";
import type { SerializedPiece } from "./vocabulary.ts";

/** No BPE vocabulary can be asked to be smaller: its fixed pieces need 245 ids. */
export const MIN_BPE_VOCABULARY_SIZE = 256;
/** No BPE vocabulary can be asked to be larger. */
export const MAX_BPE_VOCABULARY_SIZE = 65_536;
/** Pieces for a workspace of ordinary size; twice as many changed bits per byte by 0.001. */
export const DEFAULT_BPE_VOCABULARY_SIZE = 1024;

export interface BpeTrainingOptions {
  /** Upper bound of the number of ids; fewer are learnt where the texts do not repeat themselves enough. */
  readonly vocabularySize: number;
  /** Once it is aborted nothing more is learnt, and the vocabulary so far is returned. */
  readonly signal?: AbortSignal;
}

/**
 * The byte-fallback BPE vocabulary of texts (Sennrich et al. 2016): it starts from ASCII and the bytes of UTF-8, and adds
 * one piece at a time, always the one that shortens the texts most, until it is full or no piece would save two
 * tokens. A new piece is two neighbours joined, or a character outside ASCII that takes the place of its bytes.
 * The order of the texts does not matter.
 */
export function trainBpe(texts: Iterable<string>, options: BpeTrainingOptions): BpeVocabulary {
  const { vocabularySize, signal } = options;
  if (
    !Number.isInteger(vocabularySize) ||
    vocabularySize < MIN_BPE_VOCABULARY_SIZE ||
    vocabularySize > MAX_BPE_VOCABULARY_SIZE
  ) {
    throw new RangeError(
      `Expected \`vocabularySize\` to be an integer from ${MIN_BPE_VOCABULARY_SIZE} to ${MAX_BPE_VOCABULARY_SIZE}, got ${vocabularySize}`,
    );
  }
  const chunks = new ChunkCounter();
  for (const text of texts) {
    if (signal?.aborted === true) {
      break;
    }
    chunks.add(text);
  }
  const pieces: SerializedPiece[] = [...BASE_PIECES];
  const pieceTexts = pieces.map((piece) => ("text" in piece ? piece.text : ""));
  const merges: (readonly [number, number])[] = [];
  const learner = new MergeLearner(chunks);
  while (pieces.length < vocabularySize && signal?.aborted !== true) {
    const learnt = learner.learn(pieces.length);
    if (learnt === undefined) {
      break;
    }
    if (learnt.kind === "merge") {
      merges.push([learnt.left, learnt.right]);
    }
    const text =
      learnt.kind === "merge"
        ? `${pieceTexts[learnt.left] as string}${pieceTexts[learnt.right] as string}`
        : String.fromCodePoint(learnt.codePoint);
    pieces.push({ text });
    pieceTexts.push(text);
  }
  return new BpeVocabulary({ pieces, merges });
}
