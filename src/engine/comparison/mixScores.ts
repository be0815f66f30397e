import type { PredictionStream } from "../../batches/predictionStream.ts";
import { LocalCounts } from "../../models/counting/localCounts.ts";
import { ContextGate } from "../../models/mixture/contextGate.ts";
import type { GateParameters } from "../../models/mixture/gateParameters.ts";
import { MixtureModel } from "../../models/mixture/mixtureModel.ts";
import { type CountingContext, type Probabilities, scoreCache } from "./countingScores.ts";

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

/** Σ −ln p in float64. */
export function natsOf(probabilities: Float64Array): number {
  return probabilities.reduce((sum, probability) => sum - Math.log(probability), 0);
}

/** The parts of a mixture by context: what each gives to the tokens of one text. */
interface ContextParts {
  readonly network: Probabilities;
  readonly counts: Probabilities;
  /** Counts nested with those of the text itself as far as it was read. */
  readonly nested: Float64Array;
  readonly cache: Float64Array;
  readonly neuralCache: Float64Array;
}

export interface ContextMixCall {
  readonly stream: PredictionStream;
  readonly network: Probabilities;
  /** What a cache over the network's hidden states gives to what came; null where there is none. */
  readonly neuralCache: Float64Array | null;
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
 * @returns probabilities of what came in the test text
 */
export async function mixByContext(
  { validation, test }: { readonly validation: ContextMixCall; readonly test: ContextMixCall },
  context: CountingContext,
): Promise<{ readonly validation: Float64Array; readonly test: Float64Array }> {
  const nestedValidation = await scoreNested(validation.stream, { context, gate: null });
  const nestedTest = await scoreNested(test.stream, { context, gate: nestedValidation.gate });
  const partsOf = (call: ContextMixCall, nested: Float64Array): ContextParts => ({
    network: call.network,
    counts: call.counts,
    nested,
    cache: scoreCache(call.stream, context.vocabulary.size),
    neuralCache: call.neuralCache ?? new Float64Array(call.stream.count),
  });
  const gate = new ContextGate({ modelCount: MODEL_COUNT, featureCount: NUMBER_COUNT + DEPTHS });
  const fitting = partsOf(validation, nestedValidation.own);
  let fitted: Float64Array = new Float64Array(0);
  for (let pass = 0; pass < FITTING_PASSES; pass++) {
    fitted = mixParts(gate, fitting);
    await context.pause();
  }
  return { validation: fitted, test: mixParts(gate, partsOf(test, nestedTest.own)) };
}

function mixParts(gate: ContextGate, { network, counts, nested, cache, neuralCache }: ContextParts): Float64Array {
  const features = new Float64Array(NUMBER_COUNT + DEPTHS);
  const probabilities = new Float64Array(MODEL_COUNT);
  const mixed = new Float64Array(network.own.length);
  // How the parts did lately, which is known before the next token.
  let recentNetwork = 0;
  let recentCounts = 0;
  let recentNested = 0;
  for (let place = 0; place < mixed.length; place++) {
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
    probabilities[2] = nested[place] as number;
    probabilities[3] = cache[place] as number;
    probabilities[4] = neuralCache[place] as number;
    const probability = gate.mix(features, probabilities);
    mixed[place] = probability;
    gate.learn(features, probabilities, probability);
    recentNetwork = 0.9 * recentNetwork + 0.1 * Math.log(probabilities[0]);
    recentCounts = 0.9 * recentCounts + 0.1 * Math.log(probabilities[1]);
    recentNested = 0.9 * recentNested + 0.1 * Math.log(probabilities[2]);
  }
  return mixed;
}

const PAUSE_TOKENS = 64;

/** What nested counts give to each token of a text that they learn as they read it. */
async function scoreNested(
  stream: PredictionStream,
  { context, gate }: { readonly context: CountingContext; readonly gate: GateParameters | null },
): Promise<{ readonly own: Float64Array; readonly gate: GateParameters }> {
  const { index, vocabulary, pause, signal } = context;
  const { size: vocabularySize, startId, endId } = vocabulary;
  const local = new LocalCounts({ vocabularySize, startId });
  const model = new MixtureModel({ vocabularySize, startId, counts: index, local, lstm: null, gate });
  const own = new Float64Array(stream.count);
  const first = model.advance(model.initialState(), stream.firstInput);
  let state = first;
  for (let place = 0; place < stream.count && !signal.aborted; place++) {
    const token = stream.targets[place] as number;
    own[place] = model.observe(state, token).counts as number;
    local.learn(state.history, token);
    state = token === endId ? first : model.advance(state, token);
    if (place % PAUSE_TOKENS === 0) {
      await pause();
    }
  }
  return { own, gate: model.gate };
}
