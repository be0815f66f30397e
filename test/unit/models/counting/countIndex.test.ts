import assert from "node:assert/strict";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";

describe("An index of counts", () => {
  for (const copies of [1, 3000]) {
    it(`tells behind how many different tokens each one stood, also of what was learnt a moment ago (${copies})`, () => {
      const index = new CountIndex({ vocabularySize: 6, startId: 0, breakId: 1 });
      // START 2 3 2 3 … 4 1: the 3 always stood behind a 2, the 2 behind START and a 3.
      index.learn([...Array.from({ length: 2 * copies }, () => [2, 3]).flat(), 4, 1]);
      assert.deepEqual([...index.unigrams("continuations").counts], [0, 1, 2, 1, 1, 0]);
      index.learn([5, 3, 5, 1]);
      assert.deepEqual([...index.unigrams("continuations").counts], [0, 2, 2, 2, 1, 2]);
    });
  }
});
