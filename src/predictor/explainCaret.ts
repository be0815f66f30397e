import { decodeUtf8 } from "../base/utf8.ts";
import { ContextCounts, type ContextLevel, unigramLevel } from "../models/counting/contextCounts.ts";
import { readHistory } from "../models/counting/tokenHistory.ts";
import type { LanguageModel } from "../models/languageModel.ts";
import type { MixtureOptions, MixtureState } from "../models/mixture/mixtureModel.ts";
import type { ExplainedContext, ExplainedToken, Explanation } from "../protocol/predictorMessages.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { DocumentContext } from "./documentContext.ts";
import type { ReadingModel } from "./readingModel.ts";

/** What takes part in a prediction, as far as it is there. */
export type Experts = Pick<MixtureOptions, "counts" | "local" | "lstm">;

/** A model with what it has read of documents. */
export interface ExplainableModel {
  readonly reading: ReadingModel<MixtureState>;
  readonly experts: Experts;
  context(document: string): DocumentContext<MixtureState>;
}

export interface ExplainRequest {
  readonly document: string;
  readonly window: DocumentWindow;
  /** Most tokens to list. */
  readonly count: number;
  /** Asked before every model step; once true, reading ends. */
  readonly shouldStop: () => boolean;
}

/**
 * Reads all the context that is worth it and explains what is expected at its end; yields after every model step.
 * @returns null where it was stopped
 */
export function* explainCaret(
  model: ExplainableModel,
  { document, window, count, shouldStop }: ExplainRequest,
): Generator<void, Explanation | null> {
  const caret = yield* model.context(document).read(window, { maxChars: Infinity, shouldStop });
  const state = caret?.node.state;
  return caret === undefined || state === undefined
    ? null
    : explainPlace({ ...model.reading, state, typedBytes: caret.typedBytes, experts: model.experts, count });
}

interface ExplainParts {
  /** The state before the piece at the caret. */
  readonly state: MixtureState;
  /** What was typed of that piece, in UTF-8. */
  readonly typedBytes: Uint8Array;
  readonly model: LanguageModel<MixtureState>;
  readonly experts: Experts;
  readonly vocabulary: Vocabulary;
  /** Most tokens to list. */
  readonly count: number;
}

/** Tokens of the longest context that is looked up one by one, and of the longest that is shown. */
const MAX_DEPTH = 8;
const MAX_SHOWN_DEPTH = 64;

/** Followers listed of each context. */
const FOLLOWER_COUNT = 5;

/**
 * What comes next at a place, and what that rests on: the distribution over the piece at the caret, given what was typed of it, and how
 * often the text before that piece was followed by what.
 */
function explainPlace(parts: ExplainParts): Explanation {
  const { experts, typedBytes, vocabulary } = parts;
  const { counts, local } = experts;
  const recent = new Int32Array(MAX_SHOWN_DEPTH);
  const length = readHistory(parts.state.history, recent);
  const query = { recent, length };
  const found = new ContextCounts(unigramLevel(new Uint32Array(vocabulary.size)));
  const contexts: ExplainedContext[] = [];
  if (counts !== null) {
    counts.collect({ ...query, maxDepth: MAX_DEPTH, isUnbounded: true, kind: "occurrences" }, found);
    contexts.push(...listContexts(found, { source: "workspace", recent, vocabulary }));
  }
  if (local !== null) {
    found.clear(found.unigrams, local.maxDepth);
    local.collect(query, found);
    contexts.push(...listContexts(found, { source: "document", recent, vocabulary }));
  }
  return { typed: decodeUtf8(typedBytes), next: likeliestTokens(parts), contexts };
}

/** The likeliest pieces that begin with what was typed, with probabilities among those. */
function likeliestTokens({ state, typedBytes, model, experts, vocabulary, count }: ExplainParts): ExplainedToken[] {
  const { lstm } = experts;
  const { recurrent } = state;
  const mixed = probabilitiesOf(vocabulary.size, (out) => model.logProbabilities(state, out));
  const network =
    lstm === null || recurrent === null
      ? null
      : probabilitiesOf(vocabulary.size, (out) => lstm.logProbabilities(recurrent, out));
  const fitting = Array.from({ length: vocabulary.size }, (_, id) => id).filter(
    (id) => id !== vocabulary.startId && beginsWith(vocabulary.pieceBytes(id), typedBytes),
  );
  const massOf = (of: Float32Array): number => fitting.reduce((sum, id) => sum + (of[id] as number), 0);
  const mass = massOf(mixed);
  const networkMass = network === null ? 0 : massOf(network);
  return fitting
    .sort((a, b) => (mixed[b] as number) - (mixed[a] as number))
    .slice(0, count)
    .map((id) => ({
      text: vocabulary.decode([id]),
      isEnd: id === vocabulary.endId,
      probability: (mixed[id] as number) / mass,
      network: network === null ? null : (network[id] as number) / networkMass,
    }));
}

function probabilitiesOf(size: number, fill: (out: Float32Array) => void): Float32Array {
  const logs = new Float32Array(size);
  fill(logs);
  return logs.map((value) => Math.exp(value));
}

/** Whether a piece goes on from what was typed: it has more bytes, and those first. */
function beginsWith(piece: Uint8Array, typed: Uint8Array): boolean {
  return typed.length === 0 || (piece.length > typed.length && typed.every((byte, index) => piece[index] === byte));
}

interface ContextNames {
  readonly source: ExplainedContext["source"];
  /** The text backwards. */
  readonly recent: Int32Array;
  readonly vocabulary: Vocabulary;
}

function listContexts(counts: ContextCounts, { source, recent, vocabulary }: ContextNames): ExplainedContext[] {
  return counts.levels
    .filter(({ depth }) => depth > 0 && depth <= recent.length)
    .map((level) => {
      const tokens = recent.slice(0, level.depth).reverse();
      return {
        source,
        text: vocabulary.decode(tokens),
        isFromStart: tokens[0] === vocabulary.startId,
        tokenCount: level.depth,
        total: level.total,
        followerCount: level.types,
        followers: commonest(counts, level, vocabulary),
      };
    });
}

function commonest(
  counts: ContextCounts,
  { from, to }: ContextLevel,
  vocabulary: Vocabulary,
): ExplainedContext["followers"] {
  return Array.from({ length: to - from }, (_, index) => from + index)
    .sort((a, b) => (counts.counts[b] as number) - (counts.counts[a] as number))
    .slice(0, FOLLOWER_COUNT)
    .map((place) => {
      const token = counts.tokens[place] as number;
      return {
        text: vocabulary.decode([token]),
        isEnd: token === vocabulary.endId,
        count: counts.counts[place] as number,
      };
    });
}
