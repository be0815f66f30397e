import type { PredictionStream } from "../../batches/predictionStream.ts";
import { LocalCounts } from "../../models/counting/localCounts.ts";
import { ContextGate } from "../../models/mixture/contextGate.ts";
import type { GateParameters } from "../../models/mixture/gateParameters.ts";
import { MixtureModel } from "../../models/mixture/mixtureModel.ts";
import type { RankedTokens } from "../../evaluation/rankedTokens.ts";
import { MixtureRanking } from "../../evaluation/rankedTokens.ts";
import { topOf } from "../../models/counting/topTokens.ts";
import type { SplitText } from "../family/splitText.ts";
import {
  type CountingContext,
  emptyProbabilities,
  type PartScores,
  type Probabilities,
  RANKED_TOKENS,
  rankedTokens,
  scoreCache,
} from "./countingScores.ts";

/** The share of the second of two models at which their mixture does best on a text; 0 where the second is of no use. */
export function bestShare(first: Float64Array, second: Float64Array): number {
  let share = 0.5;
  // Expectation maximisation (Jelinek and Mercer 1980) of one weight; it converges in a few dozen rounds.
  for (let round = 0; round < 40; round++) {
    let sum = 0;
    for (let place = 0; place < first.length; place++) {
      const mixed = share * (second[place] as number);
      sum += mixed / ((1 - share) * (first[place] as number) + mixed);
    }
    share = sum / first.length;
  }
  // Towards 0 it converges slowly.
  return natsOf(mixLinearly(first, second, share)) < natsOf(first) ? share : 0;
}

/** (1 − share) · first + share · second, place by place. */
export function mixLinearly(first: Float64Array, second: Float64Array, share: number): Float64Array {
  return first.map((probability, place) => (1 - share) * probability + share * (second[place] as number));
}

/** What a part of a mixture gave to both held-out texts; the test text's is ranked. */
export interface HeldOutScores {
  readonly validation: PartScores;
  readonly test: PartScores;
}

/** Two models, mixed at the weight that is best on the validation text. */
export function mixTwo(
  first: HeldOutScores,
  second: HeldOutScores,
  { test, vocabulary }: Pick<SplitText, "test" | "vocabulary">,
): { readonly validation: Probabilities; readonly test: Probabilities } {
  const share = bestShare(first.validation.own, second.validation.own);
  const mixed = (name: keyof HeldOutScores): Probabilities => {
    const own = mixLinearly(first[name].own, second[name].own, share);
    return { ...emptyProbabilities(own.length), own };
  };
  const ranking = new MixtureRanking(vocabulary.size, [first.test, second.test].map(rankedPart));
  const shares = [1 - share, share];
  const best = Float64Array.from(test.targets, (token, place) => ranking.mostOfOthers(place, shares, token));
  return { validation: mixed("validation"), test: { ...mixed("test"), best } };
}

/** Throws `TypeError` where the scores are not ranked: they were not asked to be. */
function rankedPart({ ranked }: PartScores): RankedTokens {
  if (ranked === null) {
    throw new TypeError("Expected what is mixed to have been ranked");
  }
  return ranked;
}

/** Σ −ln p in float64. */
export function natsOf(probabilities: Float64Array): number {
  return probabilities.reduce((sum, probability) => sum - Math.log(probability), 0);
}

/** The parts of a mixture by context: what each gives to the tokens of one text. */
interface ContextParts {
  readonly network: Probabilities;
  readonly counts: Probabilities;
  /** Counts nested with those of the text itself as far as it was read. */
  readonly nested: PartScores;
  readonly cache: PartScores;
  readonly neuralCache: PartScores;
}

export interface ContextMixCall {
  readonly stream: PredictionStream;
  readonly network: Probabilities;
  /** What a cache over the network's hidden states gives to what came; null where there is none. */
  readonly neuralCache: PartScores | null;
  readonly counts: Probabilities;
}

const MODEL_COUNT = 5;
const DEPTHS = 5;
const NUMBER_COUNT = 6;
/** Times that the validation text is gone through before the test text is mixed. */
const FITTING_PASSES = 4;

/**
 * Mixes a network with counts, with counts nested with those of the text that was read already, and with caches, weighed by what is known before each
 * token: how sure the network and the counts are, how long a context was found and how often the text says what the counts say. Fitted on the validation text,
 * and going on to learn from the test text as it is read, each token after it was predicted.
 */
export async function mixByContext(
  { validation, test }: { readonly validation: ContextMixCall; readonly test: ContextMixCall },
  context: CountingContext,
): Promise<{ readonly validation: Probabilities; readonly test: Probabilities }> {
  const vocabularySize = context.vocabulary.size;
  const nestedValidation = await scoreNested(validation.stream, { context, gate: null, rankedCount: 0 });
  const { gate: nestedGate } = nestedValidation;
  const nestedTest = await scoreNested(test.stream, { context, gate: nestedGate, rankedCount: RANKED_TOKENS });
  const partsOf = (call: ContextMixCall, nested: PartScores, rankedCount: number): ContextParts => ({
    network: call.network,
    counts: call.counts,
    nested,
    cache: scoreCache(call.stream, { vocabularySize, rankedCount }),
    neuralCache: call.neuralCache ?? {
      own: new Float64Array(call.stream.count),
      ranked: rankedTokens(call.stream, { vocabularySize, rankedCount }),
    },
  });
  const gate = new ContextGate({ modelCount: MODEL_COUNT, featureCount: NUMBER_COUNT + DEPTHS });
  const fitting = partsOf(validation, nestedValidation, 0);
  const fitted = emptyProbabilities(validation.stream.count);
  for (let pass = 0; pass < FITTING_PASSES; pass++) {
    mixParts(gate, fitting, (place, probability) => (fitted.own[place] = probability));
    await context.pause();
  }
  const parts = partsOf(test, nestedTest, RANKED_TOKENS);
  const { network, counts, nested, cache, neuralCache } = parts;
  const ranking = new MixtureRanking(vocabularySize, [network, counts, nested, cache, neuralCache].map(rankedPart));
  const mixed = emptyProbabilities(test.stream.count);
  mixParts(gate, parts, (place, probability) => {
    mixed.own[place] = probability;
    mixed.best[place] = ranking.mostOfOthers(place, gate.shares, test.stream.targets[place] as number);
  });
  return { validation: fitted, test: mixed };
}

/** @param onMixed is told of each token that came, while the gate's shares are those that it was mixed with */
function mixParts(
  gate: ContextGate,
  { network, counts, nested, cache, neuralCache }: ContextParts,
  onMixed: (place: number, probability: number) => void,
): void {
  const features = new Float64Array(NUMBER_COUNT + DEPTHS);
  const probabilities = new Float64Array(MODEL_COUNT);
  // How the parts did lately, which is known before the next token.
  let recentNetwork = 0;
  let recentCounts = 0;
  let recentNested = 0;
  for (let place = 0; place < network.own.length; place++) {
    const depth = Math.min(counts.depths[place] as number, DEPTHS - 1);
    features.fill(0);
    features[0] = Math.log(network.best[place] as number) / 4;
    features[1] = Math.log(counts.best[place] as number) / 4;
    features[2] = recentNetwork - recentCounts;
    features[3] = recentNetwork - recentNested;
    features[4] = Math.min(place, 1000) / 1000;
    features[5] = (features[0] - features[1]) * (depth / DEPTHS);
    features[NUMBER_COUNT + depth] = 1;
    probabilities[0] = network.own[place] as number;
    probabilities[1] = counts.own[place] as number;
    probabilities[2] = nested.own[place] as number;
    probabilities[3] = cache.own[place] as number;
    probabilities[4] = neuralCache.own[place] as number;
    const probability = gate.mix(features, probabilities);
    onMixed(place, probability);
    gate.learn(features, probabilities, probability);
    recentNetwork = 0.9 * recentNetwork + 0.1 * Math.log(probabilities[0]);
    recentCounts = 0.9 * recentCounts + 0.1 * Math.log(probabilities[1]);
    recentNested = 0.9 * recentNested + 0.1 * Math.log(probabilities[2]);
  }
}

const PAUSE_TOKENS = 64;

interface NestedOptions {
  readonly context: CountingContext;
  /** Null for the default one. */
  readonly gate: GateParameters | null;
  readonly rankedCount: number;
}

/** What nested counts give to each token of a text that they learn as they read it. */
async function scoreNested(
  stream: PredictionStream,
  { context, gate, rankedCount }: NestedOptions,
): Promise<PartScores & { readonly gate: GateParameters }> {
  const { index, vocabulary, pause, signal } = context;
  const { size: vocabularySize, startId, endId } = vocabulary;
  const local = new LocalCounts({ vocabularySize, startId });
  const model = new MixtureModel({ vocabularySize, startId, counts: index, local, lstm: null, gate });
  const own = new Float64Array(stream.count);
  const ranked = rankedTokens(stream, { vocabularySize, rankedCount });
  const logProbabilities = new Float32Array(vocabularySize);
  const first = model.advance(model.initialState(), stream.firstInput);
  let state = first;
  for (let place = 0; place < stream.count && !signal.aborted; place++) {
    const token = stream.targets[place] as number;
    if (ranked !== null) {
      model.logProbabilities(state, logProbabilities);
      ranked.set(place, topOf(Float64Array.from(logProbabilities, Math.exp), rankedCount));
    }
    own[place] = model.observe(state, token).counts as number;
    local.learn(state.history, token);
    state = token === endId ? first : model.advance(state, token);
    if (place % PAUSE_TOKENS === 0) {
      await pause();
    }
  }
  return { own, ranked, gate: model.gate };
}
