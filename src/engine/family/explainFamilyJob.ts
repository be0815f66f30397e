import { LmError } from "../../base/errors.ts";
import { counted } from "../../base/readableNumbers.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { type TokenAtPlace, tokenAtPlace } from "../../decoding/tokenAtPlace.ts";
import { goesOnFrom } from "../../decoding/typedPrefix.ts";
import { FamilyLanguageModel, type FamilyState } from "../../models/neural/family/familyLanguageModel.ts";
import type { ExplainFamilyJob, ExplainFamilyResult } from "../../protocol/familyMessages.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import type { WordVocabulary } from "../../tokens/wordVocabulary.ts";
import type { JobContext } from "../jobContext.ts";
import { withFamily } from "./openFamily.ts";

/** Tokens read at once: few enough that a cancellation is soon seen. */
const WINDOW_TOKENS = 256;

/**
 * What a network in a directory expects at a place of a text, and what it gives to what comes there. Throws `LmError`: `badArgument` where its vocabulary knows
 * nothing of the text before the place; also `cancelled`.
 */
export function runExplainFamilyJob(job: ExplainFamilyJob, context: JobContext): Promise<ExplainFamilyResult> {
  return withFamily(job.model, context, async ({ network, vocabulary }, model) => {
    const place = vocabulary.kind === "word" ? placeInWords(vocabulary, job) : placeInPieces(vocabulary, job);
    const isUnknown = (id: number): boolean => vocabulary.pieceBytes(id).length === 0;
    const readCount = place.tokens.length;
    const unknownCount = place.tokens.filter(isUnknown).length;
    if (readCount > 0 && unknownCount === readCount) {
      throw new LmError(
        "badArgument",
        `The vocabulary of the model in ${job.model} knows nothing of the ${counted(readCount, "token")} before the place; name a file like those that it was trained on.`,
      );
    }
    const state = await readThrough(
      new FamilyLanguageModel(model),
      Int32Array.from([vocabulary.startId, ...place.tokens]),
      context,
    );
    const { token, typed, text } = place;
    const isEnd = token === vocabulary.endId;
    const nats = -(state.logProbabilities[token] as number);
    return {
      ...{ network, typed, readCount, unknownCount },
      next: likeliest(state.logProbabilities, { vocabulary, typed, count: job.count }),
      comes: { text, isEnd, isUnknown: !isEnd && isUnknown(token), nats },
    };
  });
}

/** A place in a text as it is cut where it is scored. */
interface PlaceInTokens extends Pick<TokenAtPlace, "token" | "typed" | "text"> {
  /** All before the token. */
  readonly tokens: readonly number[];
}

type TextOfPlace = Pick<ExplainFamilyJob, "before" | "after">;

function placeInPieces(vocabulary: Vocabulary, { before, after }: TextOfPlace): PlaceInTokens {
  const boundary = vocabulary.lastBoundary(before);
  const coming = tokenAtPlace(vocabulary, { typed: before.slice(boundary), after });
  return { ...coming, tokens: [...vocabulary.encode(before.slice(0, boundary)), ...coming.before] };
}

/** In the midst of a word it is that word which comes, else the next one. */
function placeInWords(vocabulary: WordVocabulary, { before, after }: TextOfPlace): PlaceInTokens {
  const typed = /^\S/u.test(after) ? (/\S*$/u.exec(before)?.[0] ?? "") : "";
  const [text = ""] = /\S+/u.exec(`${typed}${after}`) ?? [];
  const [token = vocabulary.endId] = vocabulary.encode(text);
  return { tokens: [...vocabulary.encode(before.slice(0, before.length - typed.length))], token, typed, text };
}

/** The state behind a document's first tokens, which are read window by window. Throws `LmError("cancelled")`. */
async function readThrough(
  reader: FamilyLanguageModel,
  tokens: Int32Array,
  { signal, pause }: JobContext,
): Promise<FamilyState> {
  let state = reader.initialState();
  for (let from = 0; from < tokens.length; from += WINDOW_TOKENS) {
    await pause();
    if (signal.aborted) {
      throw new LmError("cancelled", "The question was cancelled.");
    }
    state = reader.advanceThrough(state, tokens.subarray(from, from + WINDOW_TOKENS));
  }
  return state;
}

interface LikeliestOptions {
  readonly vocabulary: AnyVocabulary;
  readonly typed: string;
  /** Most tokens to name. */
  readonly count: number;
}

/** The likeliest tokens that begin with what was typed, with probabilities among those. */
function likeliest(
  logProbabilities: Float32Array,
  { vocabulary, typed, count }: LikeliestOptions,
): ExplainFamilyResult["next"] {
  const typedBytes = encodeUtf8(typed);
  const fitting = Array.from(logProbabilities, (log, id) => ({ id, probability: Math.exp(log) })).filter(
    ({ id }) => id !== vocabulary.startId && goesOnFrom(typedBytes, vocabulary.pieceBytes(id)),
  );
  const mass = fitting.reduce((sum, { probability }) => sum + probability, 0);
  return fitting
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count)
    .map(({ id, probability }) => {
      const isEnd = id === vocabulary.endId;
      return { text: isEnd ? "" : vocabulary.decode([id]), isEnd, probability: probability / mass };
    });
}
