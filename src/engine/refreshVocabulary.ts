import { encodeDocuments } from "../batches/tokenStream.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { transferRows } from "../models/neural/transferRows.ts";
import { countTokens } from "../models/neural/unigramBias.ts";
import { trainBpe } from "../tokens/trainBpe.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { VOCABULARY_SIZES } from "../tokens/vocabularySizes.ts";
import type { EarlierRun } from "./earlierRun.ts";
import type { TrainContext } from "./jobContext.ts";

/** Where training goes on with pieces learnt anew. */
export interface RefreshedStart {
  readonly vocabulary: Vocabulary;
  readonly weights: WeightMap;
  /** What a person should know about it. */
  readonly notice: string;
}

export interface RefreshCall {
  readonly earlier: Pick<EarlierRun, "checkpoint" | "vocabulary">;
  /** What is trained on now. */
  readonly texts: readonly string[];
  /** V at most where the earlier run was asked for no size. */
  readonly usualSize: number;
}

/**
 * Where pieces change, all that is counted by piece is counted anew, and the run has to come to know held-out text better than the model did before anything
 * of it is kept: text that needs this share of fewer tokens is learnt quickly enough for that.
 */
const LEAST_SAVING = 0.1;
/** UTF-16 units that are cut both ways, evenly picked texts: enough to know the saving to a percent. */
const MOST_COMPARED = 4_000_000;

/**
 * The BPE vocabulary of the texts as they are now, with the earlier run's best weights carried over to it; null where the earlier one still cuts them about as well, and
 * for characters, which all vocabularies cut alike.
 */
export async function refreshVocabulary(
  { earlier, texts, usualSize }: RefreshCall,
  { signal, pause }: Pick<TrainContext, "signal" | "pause">,
): Promise<RefreshedStart | null> {
  const { checkpoint, vocabulary: old } = earlier;
  if (old.kind !== "bpe") {
    return null;
  }
  const asked = checkpoint.origin.options["vocabularySize"];
  const { least, most } = VOCABULARY_SIZES.bpe;
  const wanted = Math.max(old.size, typeof asked === "number" ? asked : usualSize);
  const vocabulary = trainBpe(texts, { vocabularySize: Math.min(Math.max(wanted, least), most), signal });
  await pause();
  const compared = evenly(texts);
  const stream = encodeDocuments(compared, vocabulary);
  await pause();
  const oldStream = encodeDocuments(compared, old);
  await pause();
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

function evenly(texts: readonly string[]): readonly string[] {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const stride = Math.ceil(length / MOST_COMPARED);
  return texts.filter((_, index) => index % stride === 0);
}

/** What each new piece is in the old vocabulary's pieces; marks and bytes have their counterparts. */
function partsOf(vocabulary: Vocabulary, old: Vocabulary): readonly ArrayLike<number>[] {
  const same = new Map(old.serialize().pieces.map((piece, id) => [JSON.stringify(piece), id] as const));
  return vocabulary.serialize().pieces.map((piece) => {
    const id = same.get(JSON.stringify(piece));
    if (id !== undefined) {
      return [id];
    }
    // A piece that is no text is one of the fixed ones, which every vocabulary of the kind has.
    const ids = "text" in piece ? old.encode(piece.text) : new Int32Array();
    return ids.length > 0 ? ids : [old.endId];
  });
}
