import { encodeDocuments } from "../batches/tokenStream.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { transferRows } from "../models/neural/transferRows.ts";
import { countTokens } from "../models/neural/unigramBias.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { EarlierRun } from "./earlierRun.ts";
import { learnVocabulary } from "./learnVocabulary.ts";

/** Where training goes on with pieces learnt anew. */
export interface RefreshedStart {
  readonly vocabulary: Vocabulary;
  readonly weights: WeightMap;
  /** What a person should know about it. */
  readonly notice: string;
}

/** All that is counted by piece is counted anew where pieces change: less than this share of fewer tokens is not worth it. */
const LEAST_SAVING = 0.03;

/**
 * The vocabulary of the texts as they are now, with the earlier run's best weights carried over to it; null where the earlier one still cuts them about as well.
 * @param texts what is trained on now
 */
export function refreshVocabulary(
  { checkpoint, vocabulary: old }: Pick<EarlierRun, "checkpoint" | "vocabulary">,
  texts: readonly string[],
  signal: AbortSignal,
): RefreshedStart | null {
  const asked = checkpoint.origin.options["vocabularySize"];
  const vocabularySize = Math.max(old.size, typeof asked === "number" ? asked : 0);
  const vocabulary = learnVocabulary(texts, { kind: old.kind, vocabularySize, signal });
  const oldStream = encodeDocuments(texts, old);
  const stream = encodeDocuments(texts, vocabulary);
  const saving = 1 - stream.predictedTokens / oldStream.predictedTokens;
  if (signal.aborted || saving < LEAST_SAVING) {
    return null;
  }
  const parts = partsOf(vocabulary, old);
  const weights = transferRows(checkpoint.weights, {
    hiddenSize: checkpoint.spec.hiddenSize,
    parts,
    counts: countTokens(stream.tokens, vocabulary.size),
    oldCounts: countTokens(oldStream.tokens, old.size),
  });
  const keptCount = parts.filter(({ length }) => length === 1).length;
  return {
    vocabulary,
    weights,
    notice:
      `The files as they are now need ${(100 * saving).toFixed(0)} % fewer pieces with a vocabulary learnt anew: ${keptCount} of its ` +
      `${vocabulary.size} pieces go on with what they learnt, the others begin with what their parts learnt.`,
  };
}

/** What each new piece is in the old vocabulary's pieces. Marks, bytes and the unknown have their counterparts. */
function partsOf(vocabulary: Vocabulary, old: Vocabulary): readonly ArrayLike<number>[] {
  const same = new Map(old.serialize().pieces.map((piece, id) => [JSON.stringify(piece), id] as const));
  return vocabulary.serialize().pieces.map((piece) => {
    const id = same.get(JSON.stringify(piece));
    if (id !== undefined) {
      return [id];
    }
    // A piece that is no text is one of the fixed ones, which every vocabulary of a kind has.
    const ids = "text" in piece ? old.encode(piece.text) : new Int32Array();
    return ids.length > 0 ? ids : [old.endId];
  });
}
