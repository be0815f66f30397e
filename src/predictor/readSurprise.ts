import { LocalCounts } from "../models/counting/localCounts.ts";
import { PlaceContexts } from "../models/counting/placeContexts.ts";
import { likelierTokens } from "../models/likelierTokens.ts";
import { MixtureModel } from "../models/mixture/mixtureModel.ts";
import { tokenKinds } from "../models/mixture/tokenKinds.ts";
import type { SurpriseSpan } from "../protocol/surpriseMessages.ts";
import { tokenEnds } from "../tokens/tokenEnds.ts";
import { tokenTexts } from "../tokens/tokenTexts.ts";
import type { LoadedModel } from "./loadedModel.ts";

export interface SurpriseRequest {
  /** From the document's start. */
  readonly text: string;
  /** Gets the tokens in their order, some at a time. */
  readonly onSpans: (spans: readonly SurpriseSpan[]) => void;
}

/** Tokens that are named of those held more probable. */
const LIKELIER_COUNT = 3;
/** Tokens of the first message, and the share of what was read that a later one has: few messages for a long text, and the first one soon. */
const FIRST_TOKENS = 200;
const LATER_SHARE = 0.3;

/**
 * Reads a text as if it were written now: every token is foreseen by the network together with what the text says itself above it, and then learnt. The workspace's counts
 * take no part, because the document is in them. Leaves the model as it was; yields after every token.
 * @returns null where there is no network
 */
export function readSurprise(model: LoadedModel | undefined, request: SurpriseRequest): Generator<void, void> | null {
  const lstm = model?.experts.lstm ?? null;
  if (model === undefined || lstm === null) {
    return null;
  }
  const { vocabulary } = model.reading;
  const { size: vocabularySize, startId } = vocabulary;
  const texts = tokenTexts(vocabulary);
  const local = new LocalCounts({ vocabularySize, startId, placeContexts: new PlaceContexts(texts) });
  const gate = model.sources.checkpoint?.checkpoint.gate ?? null;
  const kinds = tokenKinds(texts);
  const mixture = new MixtureModel({ vocabularySize, startId, counts: null, local, lstm, gate, kinds });
  return readTokens({ mixture, local, model }, request);
}

interface Readers {
  readonly mixture: MixtureModel;
  readonly local: LocalCounts;
  readonly model: LoadedModel;
}

function* readTokens({ mixture, local, model }: Readers, { text, onSpans }: SurpriseRequest): Generator<void, void> {
  const { vocabulary } = model.reading;
  const tokens = vocabulary.encode(text);
  const ends = tokenEnds(text, tokens, vocabulary);
  const logProbabilities = new Float32Array(vocabulary.size);
  let state = mixture.advance(mixture.initialState(), vocabulary.startId);
  let spans: SurpriseSpan[] = [];
  for (const [index, token] of tokens.entries()) {
    mixture.logProbabilities(state, logProbabilities);
    const likelier = likelierTokens(logProbabilities, { token, count: LIKELIER_COUNT });
    spans.push({
      end: ends[index] as number,
      nats: -Math.log(mixture.observe(state, token).mixture),
      likelier: likelier.map(({ token: id, probability }) => ({
        text: vocabulary.decode([id]),
        isEnd: id === vocabulary.endId,
        probability,
      })),
    });
    local.learn(state.history, token);
    if (spans.length >= Math.max(FIRST_TOKENS, LATER_SHARE * index)) {
      onSpans(spans);
      spans = [];
    }
    yield;
    state = mixture.advance(state, token);
  }
  onSpans(spans);
}
