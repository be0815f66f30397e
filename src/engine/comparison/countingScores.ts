import { CountIndex } from "../../models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../models/counting/countingModel.ts";
import { createSmoothing } from "../../models/counting/createSmoothing.ts";
import { UnigramCache } from "../../models/counting/unigramCache.ts";
import { RankedTokens } from "../../evaluation/rankedTokens.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import type { CountingEntrant } from "./modelNames.ts";

/** What a model gave to every prediction of a stream, in its order. */
export interface Probabilities {
  /** float64 [count]: of what came */
  readonly own: Float64Array;
  /** float64 [count]: of the likeliest */
  readonly best: Float64Array;
  /** uint8 [count]: tokens of the longest context that was found; 0 where that is not known */
  readonly depths: Uint8Array;
  /** The likeliest tokens; null where they were not asked for. */
  readonly ranked: RankedTokens | null;
}

/** What is needed of a part of a mixture. */
export type PartScores = Pick<Probabilities, "own" | "ranked">;

export interface CountingContext {
  readonly index: CountIndex;
  readonly vocabulary: AnyVocabulary;
  /** Awaited every few hundred tokens. */
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Of 100 to 2,000 words the best on the Penn Treebank's validation text. */
export const CACHE_TOKENS = 200;
/** 0 where words used lately do not help. */
export const CACHE_WEIGHTS = [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2] as const;
/** Likeliest tokens that are kept of each part of a mixture, so that the mixture's likeliest is known. */
export const RANKED_TOKENS = 32;
const PAUSE_TOKENS = 256;

/** Counts a stream, each sentence or document by itself; one without marks as one document, which begins with what its first prediction reads. */
export function countStream(stream: PredictionStream, vocabulary: AnyVocabulary): CountIndex {
  const index = new CountIndex({ vocabularySize: vocabulary.size, startId: vocabulary.startId });
  let start = 0;
  for (let place = 0; place < stream.count; place++) {
    if (stream.targets[place] === vocabulary.endId) {
      index.learn(stream.targets.subarray(start, place + 1));
      start = place + 1;
    }
  }
  if (start < stream.count) {
    const rest = new Int32Array(stream.count - start + 1);
    rest[0] = stream.firstInput;
    rest.set(stream.targets.subarray(start), 1);
    index.learn(rest);
  }
  index.settle();
  return index;
}

/** The model of counts that an entrant names, without its cache. */
export function openCounts({ smoothing, order }: CountingEntrant, index: CountIndex): CountingModel {
  return new CountingModel({ index, smoothing: createSmoothing(smoothing, { index, order }).smoothing, order });
}

/** The probabilities of a model of counts, without its cache; contexts begin with their sentence. Stops short where it is cancelled. */
export async function scoreCounts(
  entrant: CountingEntrant,
  stream: PredictionStream,
  { index, vocabulary, pause, signal, rankedCount = 0 }: CountingContext & { readonly rankedCount?: number },
): Promise<Probabilities> {
  const model = openCounts(entrant, index);
  const ranked = rankedTokens(stream, { vocabularySize: vocabulary.size, rankedCount });
  const scored = { ...emptyProbabilities(stream.count), ranked };
  const first = model.advance(model.initialState(), stream.firstInput);
  let state: CountingState = first;
  for (let place = 0; place < stream.count && !signal.aborted; place++) {
    const token = stream.targets[place] as number;
    scored.own[place] = model.probability(state, token);
    const top = model.topTokens(state, Math.max(1, rankedCount));
    ranked?.set(place, top);
    scored.best[place] = top.probabilities[0] as number;
    scored.depths[place] = model.evidence(state).levels[0]?.depth ?? 0;
    state = token === vocabulary.endId ? first : model.advance(state, token);
    if (place % PAUSE_TOKENS === 0) {
      await pause();
    }
  }
  return scored;
}

/** The relative frequency of every token of a stream among the last ones before it. */
export function scoreCache(
  stream: PredictionStream,
  { vocabularySize, rankedCount = 0 }: { readonly vocabularySize: number; readonly rankedCount?: number },
): PartScores {
  const cache = new UnigramCache(vocabularySize, CACHE_TOKENS);
  const ranked = rankedTokens(stream, { vocabularySize, rankedCount });
  const own = Float64Array.from(stream.targets, (token, place) => {
    const probability = cache.probability(token);
    ranked?.set(place, cache.ranked());
    cache.learn(token);
    return probability;
  });
  return { own, ranked };
}

/** Number of different n-grams of 1 to N tokens in a stream's sentences, those with START in front included. */
export function countNgrams(stream: PredictionStream, { order, vocabulary }: NgramOptions): number {
  let total = 0;
  for (let length = 1; length <= order; length++) {
    const seen = new Set<number>();
    let start = 0;
    for (let place = 0; place < stream.count; place++) {
      if (place - start + 2 >= length) {
        seen.add(hashTokens(stream.targets, { from: Math.max(start, place - length + 1), to: place, length }));
      }
      if (stream.targets[place] === vocabulary.endId) {
        start = place + 1;
      }
    }
    total += seen.size;
  }
  return total;
}

interface NgramOptions {
  /** N */
  readonly order: number;
  readonly vocabulary: AnyVocabulary;
}

/** 52 bits of a hash: among a million n-grams two agree by accident once in nine thousand times. */
function hashTokens(
  tokens: Int32Array,
  { from, to, length }: { readonly from: number; readonly to: number; readonly length: number },
): number {
  let low = length - (to - from + 1); // 1 where START stands in front
  let high = 0x9e3779b9;
  for (let place = from; place <= to; place++) {
    const token = tokens[place] as number;
    low = Math.imul(low ^ (token + 1), 0x85ebca6b);
    low ^= low >>> 15;
    high = Math.imul(high ^ (token + 1), 0xc2b2ae35);
    high ^= high >>> 13;
  }
  return (high >>> 0) * 0x100000 + (low >>> 12);
}

/** Room for the likeliest tokens of each place; null where none are wanted. */
export function rankedTokens(
  { count }: PredictionStream,
  { vocabularySize, rankedCount }: { readonly vocabularySize: number; readonly rankedCount: number },
): RankedTokens | null {
  return rankedCount > 0 ? new RankedTokens(count, Math.min(rankedCount, vocabularySize)) : null;
}

/** Nothing known yet. */
export function emptyProbabilities(count: number): Probabilities {
  return { own: new Float64Array(count), best: new Float64Array(count), depths: new Uint8Array(count), ranked: null };
}

/** What a network's scores say, float32 [count] each: −ln p of what came and of the likeliest. */
export function probabilitiesOf({
  nats,
  bestNats,
  ranked = null,
}: {
  readonly nats: Float32Array;
  readonly bestNats: Float32Array;
  readonly ranked?: RankedTokens | null;
}): Probabilities {
  const scored = { ...emptyProbabilities(nats.length), ranked };
  nats.forEach((value, place) => (scored.own[place] = Math.exp(-value)));
  bestNats.forEach((value, place) => (scored.best[place] = Math.exp(-value)));
  return scored;
}
