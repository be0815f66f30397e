import assert from "node:assert/strict";
import { readSampleParams } from "../../../src/protocol/predictorValidators.ts";

describe("readSampleParams", () => {
  const plain = { prompt: "x", lengthTokens: 5, temperature: 0.8, seed: 1 };

  it("takes how many tokens are drawn from and their share, or neither", () => {
    for (const limits of [{}, { topK: 1 }, { topP: 0.9 }, { topK: 40, topP: 1 }]) {
      assert.deepEqual(readSampleParams({ ...plain, ...limits }), { ...plain, ...limits });
    }
  });

  for (const limits of [
    { topK: 0 },
    { topK: 1.5 },
    { topK: Infinity },
    { topP: -0.1 },
    { topP: 0 },
    { topP: 1.1 },
    { topP: "all" },
  ]) {
    it(`refuses ${Object.entries(limits).join().replace(",", " ")}`, () => {
      assert.throws(() => readSampleParams({ ...plain, ...limits }), new RegExp(Object.keys(limits).join()));
    });
  }
});
