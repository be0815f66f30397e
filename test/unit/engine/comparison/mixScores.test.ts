import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { PredictionStream } from "../../../../src/batches/predictionStream.ts";
import {
  type CountingContext,
  countStream,
  type PartScores,
  type Probabilities,
  scoreCache,
  scoreCounts,
} from "../../../../src/engine/comparison/countingScores.ts";
import {
  bestShare,
  type ContextMixCall,
  mixByContext,
  mixLinearly,
  mixTwo,
  natsOf,
} from "../../../../src/engine/comparison/mixScores.ts";
import { RankedTokens } from "../../../../src/evaluation/rankedTokens.ts";
import { topOf } from "../../../../src/models/counting/topTokens.ts";
import { CharVocabulary } from "../../../../src/tokens/charVocabulary.ts";

/** START, END, unknown and six letters. */
const VOCABULARY = new CharVocabulary(Array.from("abcdxy"));
const V = VOCABULARY.size;
const [A, X, Y] = Array.from("axy", (letter) => VOCABULARY.encode(letter)[0] as number) as [number, number, number];

type Tokens = readonly number[];

/** One document, START in front. */
function streamOf(tokens: Tokens): PredictionStream {
  return new PredictionStream({
    tokens: Int32Array.of(VOCABULARY.startId, ...tokens),
    documentStarts: Int32Array.of(0, tokens.length + 1),
    documentCount: 1,
    predictedTokens: tokens.length,
    bytes: tokens.length,
    pieceBytes: new Uint16Array(V).fill(1),
  });
}

/**
 * Pairs of letters: x or y, either half the time; behind an x the letter after that of the pair before, from a to d and around, behind a y any of the four.
 * What was read tells what follows an x, and of what follows a y no more than that it is one of four.
 */
function pairs(count: number, seed: number): readonly number[] {
  const rng = createRng(seed);
  let letter = 0;
  return Array.from({ length: count }, () => {
    const isX = rng.next() < 0.5;
    letter = isX ? (letter + 1) % 4 : rng.nextInt(4);
    return [isX ? X : Y, A + letter];
  })
    .flat()
    .concat(VOCABULARY.endId);
}

/** What a network gives to each token, from what it gives to any: [V] for each place. */
function networkOf(tokens: Tokens, distribution: (place: number) => Float64Array): Probabilities {
  const own = new Float64Array(tokens.length);
  const best = new Float64Array(tokens.length);
  tokens.forEach((token, place) => {
    const all = distribution(place);
    own[place] = all[token] as number;
    best[place] = Math.max(...all);
  });
  const ranked = new RankedTokens(tokens.length, V);
  tokens.forEach((_, place) => {
    ranked.set(place, topOf(distribution(place), V));
  });
  return { own, best, depths: new Uint8Array(tokens.length), ranked };
}

/** `share` of the probability for one token, the rest for all others but START. */
function mostly(token: number, share: number): Float64Array {
  const all = new Float64Array(V).fill((1 - share) / (V - 2));
  all[VOCABULARY.startId] = 0;
  all[token] = share;
  return all;
}

/** A distribution for any history, of any shape. */
function arbitrary(history: Tokens): Float64Array {
  const rng = createRng(history.reduce((seed, token) => Math.imul(seed ^ token, 0x85ebca6b) >>> 0, 7));
  const all = Float64Array.from({ length: V }, (_, token) => (token === VOCABULARY.startId ? 0 : rng.next() ** 3));
  const sum = all.reduce((a, b) => a + b, 0);
  return all.map((value) => value / sum);
}

/** What came after the same letter so far, as shares; nothing where there was none. */
function afterLast(tokens: Tokens): PartScores {
  return networkOf(tokens, (place) => {
    const followers = tokens.slice(1, place).filter((_, before) => tokens[before] === tokens[place - 1]);
    const shares = new Float64Array(V);
    for (const token of followers) {
      shares[token] = (shares[token] as number) + 1 / followers.length;
    }
    return shares;
  });
}

const context: CountingContext = {
  index: countStream(streamOf(pairs(150, 1)), VOCABULARY),
  vocabulary: VOCABULARY,
  pause: () => Promise.resolve(),
  signal: new AbortController().signal,
};

async function callOf(tokens: Tokens, network: Probabilities): Promise<ContextMixCall> {
  const stream = streamOf(tokens);
  const entrant = { kind: "counts", name: "kn3", smoothing: "modifiedKneserNey", order: 3, hasCache: false } as const;
  return {
    stream,
    network,
    neuralCache: afterLast(tokens),
    counts: await scoreCounts(entrant, stream, { ...context, rankedCount: V }),
  };
}

const arbitraryCall = (tokens: Tokens): Promise<ContextMixCall> =>
  callOf(
    tokens,
    networkOf(tokens, (place) => arbitrary(tokens.slice(0, place))),
  );

describe("A mixture by context", function () {
  this.timeout(30_000);
  const validation = pairs(60, 2);
  const test = pairs(40, 3);
  const mix = async (tokens: Tokens): Promise<Awaited<ReturnType<typeof mixByContext>>> =>
    mixByContext({ validation: await arbitraryCall(validation), test: await arbitraryCall(tokens) }, context);

  it("knows no token before its time, and nothing of the test text while it is fitted", async () => {
    const whole = await mix(test);
    for (const place of [2, 31, 60]) {
      const changed = await mix(test.with(place, VOCABULARY.unknownId));
      assert.deepEqual(changed.test.own.subarray(0, place), whole.test.own.subarray(0, place));
      assert.notEqual(changed.test.own[place], whole.test.own[place]);
      assert.notDeepEqual(changed.test.own.subarray(place + 1), whole.test.own.subarray(place + 1));
      assert.deepEqual(changed.validation.own, whole.validation.own);
    }
  });

  it("gives all that could come at a place probabilities that sum to 1", async () => {
    for (const place of [20, 33, 71]) {
      let sum = 0;
      // START never comes.
      for (let token = VOCABULARY.startId + 1; token < V; token++) {
        sum += (await mix(test.with(place, token))).test.own[place] as number;
      }
      assert.ok(Math.abs(sum - 1) < 1e-9, `${sum} at ${place}`);
    }
  });

  it("knows how probable the likeliest of the tokens is that did not come", async () => {
    const whole = await mix(test);
    for (const place of [0, 1, 20, 33, 71]) {
      const others: number[] = [];
      for (let token = VOCABULARY.startId + 1; token < V; token++) {
        if (token !== test[place]) {
          others.push((await mix(test.with(place, token))).test.own[place] as number);
        }
      }
      const [most, expected] = [whole.test.best[place] as number, Math.max(...others)];
      assert.ok(Math.abs(most - expected) < 1e-6, `${most}, expected ${expected}, at ${place}`);
    }
  });

  it("takes from each part what that knows: better than any of them, and than one weight for all of the text", async () => {
    // The network knows what follows a y, which cannot be known from what was read, and nothing of what follows an x.
    const knowing = (tokens: Tokens): Probabilities =>
      networkOf(tokens, (place) => {
        if (tokens[place - 1] === Y) {
          return mostly(tokens[place] as number, 0.9);
        }
        return mostly(X, tokens[place - 1] === X ? 1 / (V - 1) : 0.5);
      });
    const text = pairs(300, 4);
    const fitting = pairs(300, 5);
    const call = await callOf(text, knowing(text));
    const fitted = await callOf(fitting, knowing(fitting));
    const mixed = await mixByContext({ validation: fitted, test: call }, context);
    const share = bestShare(fitted.network.own, fitted.counts.own);
    // Behind a y whatever reads the text alone gives the letter a quarter on average.
    const seen = text.filter((_, place) => text[place - 1] === Y).length * Math.log(4);
    const others = {
      network: natsOf(call.network.own),
      counts: natsOf(call.counts.own),
      both: natsOf(mixLinearly(call.network.own, call.counts.own, share)),
      words: natsOf(
        scoreCache(call.stream, { vocabularySize: V }).own.map((probability) => Math.max(probability, 1e-3)),
      ),
      text: seen + (text.length / 2) * Math.LN2,
    };
    for (const [name, nats] of Object.entries(others)) {
      assert.ok(natsOf(mixed.test.own) < 0.95 * nats, `${natsOf(mixed.test.own)} nats, ${name} ${nats}`);
    }
  });

  it("is no worse than the network where nothing else is of use", async () => {
    const rng = createRng(6);
    const anything = (): Tokens => Array.from({ length: 400 }, () => 3 + rng.nextInt(6));
    const sure = async (): Promise<ContextMixCall> => {
      const tokens = anything();
      return callOf(
        tokens,
        networkOf(tokens, (place) => mostly(tokens[place] as number, 0.8)),
      );
    };
    const call = await sure();
    const mixed = await mixByContext({ validation: await sure(), test: call }, context);
    const [nats, own] = [natsOf(mixed.test.own), natsOf(call.network.own)];
    assert.ok(nats < 1.05 * own, `${nats} nats, the network ${own}`);
  });
});

describe("A mixture of two", () => {
  it("is weighed on the validation text, and its likeliest token is that of the whole mixture", async () => {
    const [fitting, text] = [pairs(60, 8), pairs(40, 9)];
    // What comes is thought likelier than it is by chance, but not sure.
    const neuralAt = (tokens: Tokens, place: number): Float64Array => {
      const guess = mostly(tokens[place] as number, 0.7);
      return arbitrary(tokens.slice(0, place)).map((value, token) => 0.5 * (value + (guess[token] as number)));
    };
    const called = (tokens: Tokens): Promise<ContextMixCall> =>
      callOf(
        tokens,
        networkOf(tokens, (place) => neuralAt(tokens, place)),
      );
    const [validation, test] = [await called(fitting), await called(text)];
    const network = { validation: validation.network, test: test.network };
    const counts = { validation: validation.counts, test: test.counts };
    const mixed = mixTwo(network, counts, { test: test.stream, vocabulary: VOCABULARY });
    const share = bestShare(network.validation.own, counts.validation.own);
    assert.ok(share > 0.1 && share < 0.9, `${share}`);
    assert.deepEqual(mixed.test.own, mixLinearly(network.test.own, counts.test.own, share));
    assert.deepEqual(mixed.validation.own, mixLinearly(network.validation.own, counts.validation.own, share));
    for (const place of [0, 7, 40]) {
      const counted = async (token: number): Promise<number> =>
        (await called(text.with(place, token))).counts.own[place] as number;
      let most = 0;
      for (let token = VOCABULARY.startId + 1; token < V; token++) {
        const neural = neuralAt(text, place)[token] as number;
        most = token === text[place] ? most : Math.max(most, (1 - share) * neural + share * (await counted(token)));
      }
      assert.ok(Math.abs((mixed.test.best[place] as number) - most) < 1e-12, `at ${place}`);
    }
  });
});
