import assert from "node:assert/strict";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../../../src/models/counting/countingModel.ts";
import { countsOfCounts } from "../../../../src/models/counting/countsOfCounts.ts";
import { kneserNey, modifiedKneserNey } from "../../../../src/models/counting/discounting.ts";
import { singleDiscounts, tripleDiscounts } from "../../../../src/models/counting/discounts.ts";

const [START, END, A, B, C] = [0, 1, 2, 3, 4] as const;
/** Of four tokens that can be predicted. */
const uniform = 1 / 4;

/**
 * Two sentences: a b a c . and a b b .
 *
 * Occurrences of trigrams, where the context is all there is (START a, then two tokens):
 *   START a → b 2;  a b → a 1, b 1;  b a → c 1;  a c → . 1;  b b → . 1
 * Bigrams that begin a sentence keep their occurrences: START → a 2
 * Continuations of the other bigrams, the tokens seen before them:
 *   a b: {START} 1;  a c: {b} 1;  b a: {a} 1;  b b: {a} 1;  b .: {b} 1;  c .: {a} 1
 * Continuations of tokens: a: {START, b} 2;  b: {a, b} 2;  c: {a} 1;  .: {c, b} 2
 */
const sentences = [
  [A, B, A, C, END],
  [A, B, B, END],
];

function learnSentences(): CountIndex {
  const index = new CountIndex({ vocabularySize: 5, startId: START });
  sentences.forEach((sentence) => index.learn(sentence));
  return index;
}

function after(model: CountingModel, context: readonly number[], token: number): number {
  const state = context.reduce<CountingState | null>((read, next) => model.advance(read, next), model.initialState());
  return model.probability(state, token);
}

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-14, `${actual} is not ${expected}`);
}

describe("Kneser-Ney", () => {
  it("counts continuations, and occurrences where nothing is longer", () => {
    const index = learnSentences();
    assert.deepEqual(countsOfCounts(index, { order: 3, kind: "continuations" }), [
      [1, 3, 0, 0], // c; a, b and .
      [6, 1, 0, 0], // the six above; START a
      [5, 1, 0, 0], // a b a, a b b, b a c, a c ., b b .; START a b
    ]);
    assert.deepEqual(countsOfCounts(index, { order: 3, kind: "occurrences" }), [
      [1, 1, 2, 0], // c; .; a and b
      [5, 2, 0, 0], // a c, b a, b b, b ., c .; START a, a b
      [5, 1, 0, 0],
    ]);
  });

  it("agrees with the closed form done by hand", () => {
    const index = learnSentences();
    const discounts = singleDiscounts(countsOfCounts(index, { order: 3, kind: "continuations" }));
    // n₁ / (n₁ + 2 n₂)
    const [d1, d2, d3] = [1 / 7, 6 / 8, 5 / 7] as const;
    assert.deepEqual(
      discounts.map(({ one }) => one),
      [d1, d2, d3],
    );
    const model = new CountingModel({ index, smoothing: kneserNey(discounts), order: 3 });
    // Tokens: 7 continuations of 4 types.
    const alone = (count: number): number => (count - d1) / 7 + ((4 * d1) / 7) * uniform;
    assertClose(after(model, [], C), alone(1));
    // After b: a, b and . once each.
    const afterB = (count: number, token: number): number =>
      (count === 0 ? 0 : (count - d2) / 3) + ((3 * d2) / 3) * alone(token);
    // After a b: a and b once each.
    assertClose(after(model, [START, A, B], A), (1 - d3) / 2 + ((2 * d3) / 2) * afterB(1, 2));
    assertClose(after(model, [START, A, B], C), ((2 * d3) / 2) * afterB(0, 1));
    // After b b: . once.
    assertClose(after(model, [START, A, B, B], END), (1 - d3) / 1 + (d3 / 1) * afterB(1, 2));
    // START has no longer context: a has its 2 occurrences, of 2.
    assertClose(after(model, [START], A), (2 - d2) / 2 + (d2 / 2) * alone(2));
    // After START a: b twice; after a: b and c once each.
    assertClose(after(model, [START, A], B), (2 - d3) / 2 + (d3 / 2) * ((1 - d2) / 2 + ((2 * d2) / 2) * alone(2)));
    // c c never occurred, so the continuations after c decide: . once.
    assertClose(after(model, [C, C], END), (1 - d2) / 1 + (d2 / 1) * alone(2));
  });

  it("counts occurrences where single tokens are the longest there is", () => {
    const index = learnSentences();
    const counts = countsOfCounts(index, { order: 1, kind: "continuations" });
    assert.deepEqual(counts, countsOfCounts(index, { order: 1, kind: "occurrences" }));
    assert.deepEqual(counts, [[1, 1, 2, 0]]); // c; .; a and b
    const single = new CountingModel({ index, smoothing: kneserNey(singleDiscounts(counts)), order: 1 });
    // D = 1 / (1 + 2 · 1); 9 occurrences of 4 types.
    const d = 1 / 3;
    assertClose(after(single, [], A), (3 - d) / 9 + ((4 * d) / 9) * uniform);
    assertClose(after(single, [START, A], C), (1 - d) / 9 + ((4 * d) / 9) * uniform);
    const modified = new CountingModel({ index, smoothing: modifiedKneserNey(tripleDiscounts(counts)), order: 1 });
    // Y = 1 / 3, so 1 − 2 Y takes 1/3 off a count of 1, 2 − 6 Y nothing off 2, and for want of a count of 4 all 3 are taken off 3.
    const left = ((1 / 3 + 0 + 3 * 2) / 9) * uniform;
    assertClose(after(modified, [B], A), left);
    assertClose(after(modified, [B], END), 2 / 9 + left);
  });

  it("agrees with the closed form done by hand when modified, with the customary discounts", () => {
    const index = learnSentences();
    const discounts = tripleDiscounts(countsOfCounts(index, { order: 3, kind: "continuations" }));
    assert.deepEqual(
      discounts.map(({ one, two, more, isFallback }) => [one, two, more, isFallback]),
      Array(3).fill([0.5, 1, 1.5, true]),
      "no count of 4 or more is there, so the closed form has no value",
    );
    const model = new CountingModel({ index, smoothing: modifiedKneserNey(discounts), order: 3 });
    // Tokens: c once, the other three twice.
    const base = ((0.5 * 1 + 1 * 3) / 7) * uniform;
    const afterB = 0.5 / 3 + (1.5 / 3) * ((2 - 1) / 7 + base);
    assertClose(after(model, [START, A, B], A), 0.5 / 2 + (1 / 2) * afterB);
    assertClose(after(model, [START], A), (2 - 1) / 2 + (1 / 2) * ((2 - 1) / 7 + base));
  });

  it("has the discounts of Chen and Goodman where they exist", () => {
    // Y = 10 / (10 + 2 · 4) = 5/9
    const [discounts] = tripleDiscounts([[10, 4, 2, 1]]);
    assert.ok(discounts !== undefined && !discounts.isFallback);
    assertClose(discounts.one, 1 - (2 * (5 / 9) * 4) / 10);
    assertClose(discounts.two, 2 - (3 * (5 / 9) * 2) / 4);
    assertClose(discounts.more, 3 - (4 * (5 / 9) * 1) / 2);
  });

  it("says so where the closed form gives what cannot be taken off", () => {
    assert.deepEqual(tripleDiscounts([[2, 1, 5, 1]])[0], { one: 0.5, two: 1, more: 1.5, isFallback: true });
    assert.deepEqual(singleDiscounts([[0, 3, 1, 1]])[0], { one: 0.5, two: 0.5, more: 0.5, isFallback: true });
  });
});
