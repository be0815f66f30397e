import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import { tokenAtPlace } from "../decoding/tokenAtPlace.ts";
import { goesOnFrom } from "../decoding/typedPrefix.ts";
import { ContextCounts, unigramLevel } from "../models/counting/contextCounts.ts";
import { readHistory } from "../models/counting/tokenHistory.ts";
import type { LanguageModel } from "../models/languageModel.ts";
import type { ExpertProbabilities, MixtureOptions, MixtureState } from "../models/mixture/mixtureModel.ts";
import type { ExplainedContext, ExplainedToken, Explanation } from "../protocol/predictorMessages.ts";
import type { ComingToken } from "../protocol/surpriseMessages.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { DocumentContext } from "./documentContext.ts";
import type { ReadingModel } from "./readingModel.ts";

/** What takes part in a prediction, as far as it is there. */
export type Experts = Pick<MixtureOptions, "counts" | "local" | "near" | "lstm">;

/** A model with what it has read of documents. */
export interface ExplainableModel {
  readonly reading: ReadingModel<MixtureState>;
  readonly experts: Experts;
  /** As `MixtureModel.assess`. */
  assess(state: MixtureState, token: number): ExpertProbabilities;
  context(document: string): DocumentContext<MixtureState>;
}

export interface ExplainRequest {
  readonly document: string;
  readonly window: DocumentWindow;
  /** The rest of the document: then what is typed is of the piece that comes; null where that is not known, as while somebody types. */
  readonly after: string | null;
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
  { document, window, after, count, shouldStop }: ExplainRequest,
): Generator<void, Explanation | null> {
  const caret = yield* model.context(document).read(window, { maxChars: Infinity, shouldStop });
  const state = caret?.node.state;
  return caret === undefined || state === undefined
    ? null
    : explainPlace({
        ...model.reading,
        state,
        typedBytes: caret.typedBytes,
        experts: model.experts,
        assess: (at, token) => model.assess(at, token),
        after,
        count,
      });
}

interface ExplainParts {
  /** The state before the piece at the caret. */
  readonly state: MixtureState;
  /** What was typed of that piece, in UTF-8. */
  readonly typedBytes: Uint8Array;
  readonly model: LanguageModel<MixtureState>;
  readonly experts: Experts;
  readonly assess: ExplainableModel["assess"];
  readonly vocabulary: Vocabulary;
  readonly after: string | null;
  /** Most tokens to list. */
  readonly count: number;
}

/** Tokens of the longest context that is looked up one by one unless local counts know longer ones, and of the longest that is shown. */
const MAX_DEPTH = 8;
const MAX_SHOWN_DEPTH = 64;

/** Followers listed of each context. */
const FOLLOWER_COUNT = 5;

/**
 * What comes next at a place, and what that rests on: the distribution over the piece at the caret, given what was typed of it, and how
 * often the text before that piece was followed by what.
 */
function explainPlace(asked: ExplainParts): Explanation {
  const place = asked.after === null ? { comes: null } : placeInToken(asked, asked.after);
  const parts = { ...asked, ...place };
  const { state, experts, typedBytes, vocabulary } = parts;
  const recent = new Int32Array(MAX_SHOWN_DEPTH);
  const length = readHistory(state.history, recent);
  const found = countFollowers(experts, { recent, length, vocabularySize: vocabulary.size });
  return {
    typed: decodeUtf8(typedBytes),
    next: likeliestTokens(parts, found),
    comes: parts.comes,
    contexts: found.map((context) => describeContext(context, { recent, vocabulary })),
  };
}

interface PlaceInText extends Pick<ExplainParts, "state" | "typedBytes"> {
  readonly comes: ComingToken;
}

/** The caret in the token that comes there, which begins where the text is cut when it is scored. */
function placeInToken(parts: ExplainParts, after: string): PlaceInText {
  const { typedBytes, model, assess, vocabulary } = parts;
  const { before, token, typed, text } = tokenAtPlace(vocabulary, { typed: decodeUtf8(typedBytes), after });
  const state = before.reduce((read, id) => model.advance(read, id), parts.state);
  model.logProbabilities(state, new Float32Array(vocabulary.size)); // Makes assessing cheap.
  const isEnd = token === vocabulary.endId;
  const isUnknown = !isEnd && vocabulary.pieceBytes(token).length === 0;
  const comes = { text, isEnd, isUnknown, nats: -Math.log(assess(state, token).mixture) };
  return { state, typedBytes: encodeUtf8(typed), comes };
}

/** How often the last `depth` tokens before the caret were followed by which. */
interface CountedContext {
  readonly depth: number;
  readonly inWorkspace: number | null;
  readonly inDocument: number | null;
  readonly inNearFiles: number | null;
  readonly inLatelyWritten: number | null;
  readonly followers: ReadonlyMap<number, number>;
}

/** Occurrences in both places, for each length of context that occurs in one of them; the longest first. */
function countFollowers(
  { counts, local, near, lstm }: Experts,
  {
    recent,
    length,
    vocabularySize,
  }: { readonly recent: Int32Array; readonly length: number; readonly vocabularySize: number },
): readonly CountedContext[] {
  const kind = "occurrences";
  // As far as one place is looked into, the other is as well: what is shown is the sum.
  const maxDepth = Math.max(MAX_DEPTH, local?.maxDepth ?? 0);
  const empty = unigramLevel(new Uint32Array(vocabularySize));
  const answer = (): ContextCounts => new ContextCounts(empty);
  const [workspace, document, files, lately] = [answer(), answer(), answer(), answer()];
  counts?.collect({ recent, length, maxDepth, isUnbounded: true, kind }, workspace);
  local?.collect({ recent, length, kind }, document);
  // Beside a network alone what is near takes part.
  const beside = lstm === null ? null : (near ?? null);
  beside?.folder.collect({ recent, length, kind }, files);
  beside?.recent.collect({ recent, length, kind }, lately);
  const depths = [...workspace.levels, ...document.levels].map(({ depth }) => depth).filter((depth) => depth > 0);
  return [...new Set(depths)]
    .sort((a, b) => b - a)
    .map((depth) => {
      const followers = new Map<number, number>();
      const add = (found: ContextCounts): number => {
        const level = found.levels.find((one) => one.depth === depth);
        for (let place = level?.from ?? 0; place < (level?.to ?? 0); place++) {
          const token = found.tokens[place] as number;
          followers.set(token, (followers.get(token) ?? 0) + (found.counts[place] as number));
        }
        return level?.total ?? 0;
      };
      return {
        depth,
        inWorkspace: counts === null ? null : add(workspace),
        inDocument: local === null || depth > local.maxDepth ? null : add(document),
        inNearFiles: beside === null || depth > beside.folder.maxDepth ? null : totalAt(files, depth),
        inLatelyWritten: beside === null || depth > beside.recent.maxDepth ? null : totalAt(lately, depth),
        followers,
      };
    });
}

function totalAt(found: ContextCounts, depth: number): number {
  return found.levels.find((level) => level.depth === depth)?.total ?? 0;
}

/** The likeliest pieces that begin with what was typed, with probabilities among those. */
function likeliestTokens(
  { state, typedBytes, model, assess, vocabulary, count }: ExplainParts,
  contexts: readonly CountedContext[],
): ExplainedToken[] {
  model.logProbabilities(state, new Float32Array(vocabulary.size)); // Makes assessing cheap.
  const fitting = Array.from({ length: vocabulary.size }, (_, id) => id)
    .filter((id) => id !== vocabulary.startId && goesOnFrom(typedBytes, vocabulary.pieceBytes(id)))
    .map((id) => ({ id, ...assess(state, id) }));
  const mass = { mixture: 0, counts: 0, lstm: 0 };
  for (const { mixture, counts, lstm } of fitting) {
    mass.mixture += mixture;
    mass.counts += counts ?? 0;
    mass.lstm += lstm ?? 0;
  }
  return fitting
    .sort((a, b) => b.mixture - a.mixture)
    .slice(0, count)
    .map(({ id, mixture, counts, lstm }) => ({
      text: vocabulary.decode([id]),
      isEnd: id === vocabulary.endId,
      probability: mixture / mass.mixture,
      experts: {
        counts: counts === null ? null : counts / mass.counts,
        network: lstm === null ? null : lstm / mass.lstm,
      },
      counts: contexts.map((context) => ({
        tokenCount: context.depth,
        count: context.followers.get(id) ?? 0,
        total: totalOf(context),
      })),
    }));
}

function totalOf({ inWorkspace, inDocument }: CountedContext): number {
  return (inWorkspace ?? 0) + (inDocument ?? 0);
}

function describeContext(
  context: CountedContext,
  { recent, vocabulary }: { readonly recent: Int32Array; readonly vocabulary: Vocabulary },
): ExplainedContext {
  const { depth, inWorkspace, inDocument, inNearFiles, inLatelyWritten, followers } = context;
  const tokens = recent.slice(0, depth).reverse();
  return {
    text: vocabulary.decode(tokens),
    isFromStart: tokens[0] === vocabulary.startId,
    tokenCount: depth,
    total: totalOf(context),
    inWorkspace,
    inDocument,
    inNearFiles,
    inLatelyWritten,
    followerCount: followers.size,
    followers: [...followers]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, FOLLOWER_COUNT)
      .map(([token, count]) => ({ text: vocabulary.decode([token]), isEnd: token === vocabulary.endId, count })),
  };
}
