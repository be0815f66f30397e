import assert from "node:assert/strict";
import { areSimilar } from "../../../../src/evaluation/replay/textSimilarity.ts";

/** Twice the matching characters over all of them, as Python's difflib gives it for the same texts. */
const RATIOS: readonly (readonly [string, string, number])[] = [
  ["abcd", "bcde", 0.75],
  ["", "x", 0],
  ["return a", "return b", 0.875],
  ["abc", "cab", 2 / 3],
  ["private Thread currentThread;", "private volatile Thread currentThread;", 0.8656716417910447],
];

describe("areSimilar", () => {
  for (const [a, b, ratio] of RATIOS) {
    it(`finds ${JSON.stringify(a)} and ${JSON.stringify(b)} to agree by ${ratio.toFixed(3)}`, () => {
      assert.ok(areSimilar(a, b, ratio - 1e-9));
      assert.ok(!areSimilar(a, b, ratio + 1e-9));
    });
  }

  it("is not deceived by the same characters in another order", () => {
    assert.ok(!areSimilar("abcdef", "fedcba", 0.6));
  });
});
