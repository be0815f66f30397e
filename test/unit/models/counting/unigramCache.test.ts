import assert from "node:assert/strict";
import { UnigramCache } from "../../../../src/models/counting/unigramCache.ts";

describe("A unigram cache", () => {
  it("knows how often each token is among the last few", () => {
    const cache = new UnigramCache(3, 4);
    assert.equal(cache.probability(1), 0);
    [1, 2].forEach((token) => cache.learn(token));
    assert.equal(cache.probability(1), 1 / 2);
    [2, 2, 2].forEach((token) => cache.learn(token));
    assert.deepEqual([cache.probability(1), cache.probability(2)], [0, 1]);
  });
});
