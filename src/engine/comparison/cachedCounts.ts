import type { PredictionStream } from "../../batches/predictionStream.ts";
import { CountingModel, type CountingState } from "../../models/counting/countingModel.ts";
import { createSmoothing } from "../../models/counting/createSmoothing.ts";
import { topOf } from "../../models/counting/topTokens.ts";
import { UnigramCache } from "../../models/counting/unigramCache.ts";
import type { SplitText } from "../family/splitText.ts";
import {
  CACHE_TOKENS,
  CACHE_WEIGHTS,
  type CountingContext,
  emptyProbabilities,
  type Probabilities,
  RANKED_TOKENS,
  rankedTokens,
  scoreCache,
  scoreCounts,
} from "./countingScores.ts";
import { mixLinearly, natsOf } from "./mixScores.ts";
import type { CountingEntrant } from "./modelNames.ts";

/** A model of counts with a cache of words used lately (Kuhn and De Mori 1990), at the weight that is best on the validation text. */
export async function cachedCounts(
  entrant: CountingEntrant,
  text: SplitText,
  context: CountingContext,
): Promise<{ readonly validation: Probabilities; readonly test: Probabilities }> {
  const validation = await scoreCounts(entrant, text.validation, context);
  const { own: cache } = scoreCache(text.validation, { vocabularySize: text.vocabulary.size });
  const weigh = (weight: number): Float64Array => mixLinearly(validation.own, cache, weight);
  const weight = CACHE_WEIGHTS.reduce((best, one) => (natsOf(weigh(one)) < natsOf(weigh(best)) ? one : best));
  return {
    validation: { ...validation, own: weigh(weight) },
    test: await rankWithCache(entrant, { stream: text.test, weight }, context),
  };
}

/** The likeliest token of the mixture is among all tokens: the counts' first may be overtaken by one of the cache. */
async function rankWithCache(
  { smoothing, order }: CountingEntrant,
  { stream, weight }: { readonly stream: PredictionStream; readonly weight: number },
  { index, vocabulary, pause, signal }: CountingContext,
): Promise<Probabilities> {
  const model = new CountingModel({ index, smoothing: createSmoothing(smoothing, { index, order }).smoothing, order });
  const cache = new UnigramCache(vocabulary.size, CACHE_TOKENS);
  const ranked = rankedTokens(stream, { vocabularySize: vocabulary.size, rankedCount: RANKED_TOKENS });
  const scored = { ...emptyProbabilities(stream.count), ranked };
  const distribution = new Float64Array(vocabulary.size);
  const first = model.advance(model.initialState(), stream.firstInput);
  let state: CountingState = first;
  for (let place = 0; place < stream.count && !signal.aborted; place++) {
    const token = stream.targets[place] as number;
    model.probabilities(state, distribution);
    const share = place === 0 ? 0 : weight;
    for (let other = 0; other < distribution.length; other++) {
      distribution[other] = (1 - share) * (distribution[other] as number) + share * cache.probability(other);
    }
    const top = topOf(distribution, RANKED_TOKENS);
    ranked?.set(place, top);
    scored.own[place] = distribution[token] as number;
    scored.best[place] = top.probabilities[0] as number;
    cache.learn(token);
    state = token === vocabulary.endId ? first : model.advance(state, token);
    if (place % 64 === 0) {
      await pause();
    }
  }
  return scored;
}
