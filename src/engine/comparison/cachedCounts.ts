import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { SplitText } from "../family/splitText.ts";
import {
  CACHE_WEIGHTS,
  type CountingContext,
  emptyProbabilities,
  openCounts,
  type Probabilities,
  RANKED_TOKENS,
  rankedTokens,
  scoreCache,
  scoreCounts,
} from "./countingScores.ts";
import { CountsReader } from "./countsReader.ts";
import { mixLinearly, natsOf } from "./mixScores.ts";
import type { CountingEntrant } from "./modelNames.ts";

/** What counts with a cache give to the held-out texts. */
export interface CachedCounts {
  readonly validation: Probabilities;
  readonly test: Probabilities;
  /** Of the cache; the best on the validation text. */
  readonly weight: number;
}

/** A model of counts with a cache of words used lately (Kuhn and De Mori 1990), at the weight that is best on the validation text. */
export async function cachedCounts(
  entrant: CountingEntrant,
  text: SplitText,
  context: CountingContext,
): Promise<CachedCounts> {
  const validation = await scoreCounts(entrant, text.validation, context);
  const { own: cache } = scoreCache(text.validation, { vocabularySize: text.vocabulary.size });
  const weigh = (weight: number): Float64Array => {
    const mixed = mixLinearly(validation.own, cache, weight);
    // Nothing is remembered before the first token.
    mixed.set(validation.own.subarray(0, 1));
    return mixed;
  };
  const weight = CACHE_WEIGHTS.reduce((best, one) => (natsOf(weigh(one)) < natsOf(weigh(best)) ? one : best));
  return {
    validation: { ...validation, own: weigh(weight) },
    test: await rankWithCache(entrant, { stream: text.test, weight }, context),
    weight,
  };
}

/** Scores a text with the cache, and keeps the likeliest tokens of the mixture: the counts' first may be overtaken by one of the cache. */
async function rankWithCache(
  entrant: CountingEntrant,
  { stream, weight }: { readonly stream: PredictionStream; readonly weight: number },
  { index, vocabulary, pause, signal }: CountingContext,
): Promise<Probabilities> {
  const model = openCounts(entrant, index);
  const reader = new CountsReader({ model, vocabulary, firstToken: stream.firstInput, cacheWeight: weight });
  const ranked = rankedTokens(stream, { vocabularySize: vocabulary.size, rankedCount: RANKED_TOKENS });
  const scored = { ...emptyProbabilities(stream.count), ranked };
  for (let place = 0; place < stream.count && !signal.aborted; place++) {
    const token = stream.targets[place] as number;
    const top = reader.topTokens(RANKED_TOKENS);
    ranked?.set(place, top);
    scored.own[place] = reader.probability(token);
    scored.best[place] = top.probabilities[0] as number;
    reader.read(token);
    if (place % 64 === 0) {
      await pause();
    }
  }
  return scored;
}
