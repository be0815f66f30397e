import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../../../src/models/counting/countingModel.ts";
import { createSmoothing } from "../../../../src/models/counting/createSmoothing.ts";
import { addDelta } from "../../../../src/models/counting/addDelta.ts";
import { jelinekMercer } from "../../../../src/models/counting/jelinekMercer.ts";
import { maximumLikelihood } from "../../../../src/models/counting/maximumLikelihood.ts";
import { SMOOTHING_NAMES, type SmoothingName } from "../../../../src/models/counting/smoothing.ts";
import { stupidBackoff } from "../../../../src/models/counting/stupidBackoff.ts";
import { wittenBell } from "../../../../src/models/counting/wittenBell.ts";

const START = 0;
const V = 6;

type Document = readonly number[];

const documentsArbitrary = fc.array(fc.array(fc.integer({ min: 1, max: V - 1 }), { maxLength: 24 }), { maxLength: 8 });
const documentArbitrary = fc.array(fc.integer({ min: 1, max: V - 1 }), { maxLength: 24 });

function learnAll(documents: readonly Document[]): CountIndex {
  const index = new CountIndex({ vocabularySize: V, startId: START });
  documents.forEach((document) => index.learn(document));
  return index;
}

function read(model: CountingModel, tokens: Document): CountingState | null {
  return tokens.reduce<CountingState | null>((state, token) => model.advance(state, token), model.initialState());
}

const contexts: readonly Document[] = [
  [],
  [START],
  [START, 1],
  [START, 1, 2, 1],
  [1, 2],
  [START, 2, 1, 3, 2, 1, 2, 2, 1],
  [3, 4, 5, 3, 4, 5],
];

/** Every distribution of a model, for comparing to the last digit. */
function distributions(index: CountIndex, name: SmoothingName, isUnbounded = false): readonly (readonly number[])[] {
  const model = new CountingModel({ index, order: 4, isUnbounded, ...createSmoothing(name, { index, order: 4 }) });
  return contexts.map((context) => {
    const out = new Float64Array(V);
    model.probabilities(read(model, context), out);
    return [...out];
  });
}

describe("A counting model", () => {
  for (const name of SMOOTHING_NAMES) {
    it(`gives distributions that sum to 1 with ${name}`, () => {
      fc.assert(
        fc.property(documentsArbitrary, documentArbitrary, fc.boolean(), (documents, context, isUnbounded) => {
          const index = learnAll(documents);
          const { smoothing } = createSmoothing(name, { index, order: 4 });
          const model = new CountingModel({ index, smoothing, order: 4, isUnbounded });
          const out = new Float32Array(V);
          model.logProbabilities(read(model, [START, ...context]), out);
          const sum = out.reduce((total, logProbability) => total + Math.exp(logProbability), 0);
          assert.ok(Math.abs(sum - 1) <= 1e-6, `${sum}`);
          assert.equal(out[START], Number.NEGATIVE_INFINITY);
        }),
      );
    });

    it(`forgets a document as if it had never been learnt, with ${name}`, () => {
      fc.assert(
        fc.property(documentsArbitrary, documentArbitrary, documentsArbitrary, (before, document, after) => {
          const index = learnAll([...before, document]);
          index.settle();
          after.forEach((other) => index.learn(other));
          index.forget(document);
          assert.deepEqual(distributions(index, name), distributions(learnAll([...before, ...after]), name));
        }),
      );
    });

    it(`does not mind the order of learning with ${name}`, () => {
      fc.assert(
        fc.property(documentsArbitrary, (documents) => {
          assert.deepEqual(
            distributions(learnAll(documents), name),
            distributions(learnAll(documents.toReversed()), name),
          );
        }),
      );
    });

    it(`ranks as the whole distribution does with ${name}`, () => {
      fc.assert(
        fc.property(documentsArbitrary, fc.integer({ min: 1, max: V }), (documents, count) => {
          const index = learnAll(documents);
          const model = new CountingModel({ index, order: 4, ...createSmoothing(name, { index, order: 4 }) });
          for (const context of contexts) {
            const out = new Float64Array(V);
            model.probabilities(read(model, context), out);
            const best = [...out]
              .filter((probability) => probability > 1e-15)
              .sort((a, b) => b - a)
              .slice(0, count);
            const { tokens, probabilities } = model.topTokens(read(model, context), count);
            const shown = [...probabilities].filter((probability) => probability > 1e-15);
            assert.equal(shown.length, best.length);
            best.forEach((probability, rank) => {
              assert.ok(Math.abs(probability - shown[rank]!) < 1e-12);
              assert.ok(Math.abs(out[tokens[rank]!]! - probability) < 1e-12);
            });
          }
        }),
      );
    });
  }

  const rng = createRng(3);

  it("answers several questions about one state alike, and anew once something was learnt", () => {
    const index = learnAll([[1, 2, 3]]);
    const model = new CountingModel({ index, order: 3, smoothing: maximumLikelihood() });
    const [after1, after2] = [read(model, [START, 1]), read(model, [START, 1, 2])];
    assert.deepEqual([...model.probabilitiesOf(after1, Uint16Array.of(2, 3))], [1, 0]);
    assert.equal(model.evidence(after2).levels[0]?.depth, 2);
    assert.equal(model.probability(after1, 2), 1);
    index.learn([1, 3]);
    assert.deepEqual([...model.probabilitiesOf(after1, Uint16Array.of(3, 2))], [0.5, 0.5]);
    assert.equal(model.evidence(after1).levels[0]?.depth, 2);
    assert.deepEqual([...model.topTokens(after1, 2).tokens], [2, 3]);
  });

  it("finds the longest context that occurred, however long", () => {
    const long = Array.from({ length: 300 }, () => 1 + rng.nextInt(4));
    const index = learnAll([
      [...long, 5],
      [5, ...long.slice(100), 1],
    ]);
    const model = new CountingModel({ index, order: 3, isUnbounded: true, smoothing: maximumLikelihood() });
    assert.equal(model.probability(read(model, [START, ...long]), 5), 1);
    assert.equal(model.probability(read(model, [START, 5, ...long.slice(100)]), 1), 1);
    // What both have in common was followed by either.
    assert.equal(model.probability(read(model, long.slice(100)), 1), 0.5);
    assert.equal(model.evidence(read(model, [START, ...long])).levels[0]?.depth, 301);
    index.forget([...long, 5]);
    assert.equal(model.probability(read(model, [START, ...long]), 1), 1);
    assert.equal(model.evidence(read(model, [START, ...long])).levels[0]?.depth, 200);
  });

  it("agrees with relative frequencies done by hand", () => {
    // 1 2 1 3 and 1 2 2: after 1 come 2, 3 and 2; after 1 2 come 1 and 2.
    const index = learnAll([
      [1, 2, 1, 3],
      [1, 2, 2],
    ]);
    const after = (context: Document, token: number, order: number): number => {
      const model = new CountingModel({ index, order, smoothing: maximumLikelihood() });
      return model.probability(read(model, context), token);
    };
    assert.equal(after([START, 1], 2, 2), 2 / 3);
    assert.equal(after([START, 1, 2], 1, 3), 1 / 2);
    assert.equal(after([START], 1, 3), 1);
    assert.equal(after([START, 2], 2, 3), 1 / 2, "START 2 never occurred, so 2 alone decides");
    assert.equal(after([], 1, 1), 3 / 7);
  });

  it("agrees with Witten-Bell, Jelinek-Mercer, Laplace and stupid back-off done by hand", () => {
    const index = learnAll([
      [1, 2, 1, 3],
      [1, 2, 2],
    ]);
    const options = { index, order: 2 };
    const after1 = (model: CountingModel, token: number): number => model.probability(read(model, [START, 1]), token);
    // 7 tokens of 3 types, so 1 occurs with (3 + 3/5) / 10 and 4, which never does, with (3/5) / 10;
    // after 1 there are 3 tokens of 2 types: 4 has 2/5 of that.
    const uniform = 1 / 5;
    const wb = new CountingModel({ ...options, smoothing: wittenBell() });
    assertClose(after1(wb, 4), (2 / 5) * ((3 * uniform) / 10));
    assertClose(after1(wb, 2), 2 / 5 + (2 / 5) * ((3 + 3 * uniform) / 10));
    const jm = new CountingModel({ ...options, smoothing: jelinekMercer([0.9, 0.6]) });
    assertClose(after1(jm, 2), 0.6 * (2 / 3) + 0.4 * (0.9 * (3 / 7) + 0.1 * uniform));
    const laplace = new CountingModel({ ...options, smoothing: addDelta(1) });
    assertClose(after1(laplace, 2), (2 + 1) / (3 + 5));
    assertClose(laplace.probability(read(laplace, [START, 5]), 2), uniform);
    // Scores after 1: 2/3 for 2, 1/3 for 3, 0.4 · 3/7 for 1, 0.4 · 0.4 / 5 for 4 and for 5.
    const sb = new CountingModel({ ...options, smoothing: stupidBackoff() });
    assertClose(after1(sb, 1), (0.4 * (3 / 7)) / (1 + 0.4 * (3 / 7) + (2 * 0.16) / 5));
  });

  it("refuses what it cannot count and what it never learnt", () => {
    const index = learnAll([[1, 2]]);
    assert.throws(() => index.learn([V]), RangeError);
    assert.throws(() => index.learn([START]), RangeError);
    assert.throws(() => index.forget([2, 1]), RangeError);
    index.forget([1, 2]);
    assert.throws(() => index.forget([1, 2]), RangeError);
    assert.throws(() => new CountIndex({ vocabularySize: 65_537, startId: 0 }), RangeError);
    assert.throws(() => new CountingModel({ index, smoothing: wittenBell(), order: 0 }), RangeError);
  });

  it("takes documents of one token and of none", () => {
    const index = learnAll([[3], [], [3]]);
    const model = new CountingModel({ index, smoothing: maximumLikelihood(), order: 3 });
    assert.equal(model.probability(read(model, [START]), 3), 1);
    index.forget([3]);
    index.forget([]);
    assert.equal(index.tokenCount, 1);
    assert.equal(index.documentCount, 1);
    index.forget([3]);
    assert.equal(model.probability(read(model, [START]), 3), 1 / 5, "a uniform guess where nothing is known");
  });
});

describe("A large count index", () => {
  const rng = createRng(7);
  const randomDocument = (length: number): number[] => Array.from({ length }, () => 1 + rng.nextInt(V - 1));

  it("takes the same file thousands of times, and gives a thousand of them back", () => {
    const document = randomDocument(40);
    const index = learnAll(Array<Document>(5000).fill(document));
    const model = new CountingModel({ index, smoothing: wittenBell(), order: 8, isUnbounded: true });
    const state = read(model, [START, ...document.slice(0, 20)]);
    assert.ok(model.probability(state, document[20]!) > 0.999);
    assert.equal(model.evidence(state).levels[0]?.total, 5000);
    for (let copy = 0; copy < 1000; copy++) {
      index.forget(document);
    }
    assert.deepEqual(
      distributions(index, "wittenBell"),
      distributions(learnAll(Array<Document>(4000).fill(document)), "wittenBell"),
    );
    index.compact();
    assert.equal(index.segmentCount, 1);
    assert.deepEqual(
      distributions(index, "kneserNey", true),
      distributions(learnAll(Array<Document>(4000).fill(document)), "kneserNey", true),
    );
  }).timeout(60_000);

  it("subtracts from parts too large to be sorted anew", () => {
    const large = [randomDocument(40_000), randomDocument(40_000), randomDocument(40_000)];
    const small = [randomDocument(500), randomDocument(700)];
    for (const name of SMOOTHING_NAMES) {
      const index = learnAll(large);
      index.settle();
      small.forEach((document) => index.learn(document));
      index.forget(large[1]!);
      index.forget(small[0]!);
      assert.equal(index.segmentCount, 3, "learnt at first, learnt later, forgotten");
      const expected = learnAll([large[0]!, large[2]!, small[1]!]);
      const { smoothing } = createSmoothing(name, { index: expected, order: 7 });
      const models = [index, expected].map(
        (one) => new CountingModel({ index: one, smoothing, order: 7, isUnbounded: true }),
      );
      for (let start = 0; start < 400; start += 7) {
        const context = [START, ...large[1]!.slice(start, start + 12)];
        const [left, right] = models.map((model) => {
          const out = new Float64Array(V);
          model.probabilities(read(model, context), out);
          return [...out];
        });
        left!.forEach((probability, token) => assertClose(probability, right![token]!));
      }
      index.learn(large[1]!);
      index.compact();
      assert.deepEqual([index.segmentCount, index.tokenCount], [1, 120_700]);
    }
  });

  it("has few parts to look at after many edits", () => {
    const index = learnAll([randomDocument(60_000)]);
    index.settle();
    let edited = randomDocument(1000);
    index.learn(edited);
    for (let edit = 0; edit < 100; edit++) {
      const next = [...edited, ...randomDocument(1)];
      index.learn(next);
      index.settle();
      index.forget(edited);
      edited = next;
      index.learn(randomDocument(500));
      index.settle();
    }
    assert.ok(index.segmentCount <= 12, `${index.segmentCount}`);
  });

  it("counts one huge document as it counts its tokens", () => {
    const document = randomDocument(2_300_000);
    const index = learnAll([document]);
    const model = new CountingModel({ index, smoothing: maximumLikelihood(), order: 2 });
    const counts = new Map<string, number>();
    document.forEach((token, position) => {
      const key = `${document[position - 1] ?? START} ${token}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    });
    for (let before = 1; before < V; before++) {
      const total = [1, 2, 3, 4, 5].reduce((sum, token) => sum + (counts.get(`${before} ${token}`) ?? 0), 0);
      for (let token = 1; token < V; token++) {
        assertClose(model.probability(read(model, [before]), token), (counts.get(`${before} ${token}`) ?? 0) / total);
      }
    }
    assert.ok(index.byteLength < 10 * document.length);
  });
});

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.max(1, expected), `${actual} is not ${expected}`);
}
