import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { initialWeights } from "../../../../src/models/neural/initialWeights.ts";
import { MATCH_BIAS, MATCH_KERNEL, type NetworkSpec } from "../../../../src/models/neural/networkSpec.ts";

describe("initialWeights", () => {
  const spec: NetworkSpec = { cell: "lstm", vocabularySize: 9, hiddenSize: 16, layerCount: 2 };

  it("makes what matches suggest likelier, at every rank and in every state alike, and leaves the rest as it is without them", () => {
    const weights = new Map(initialWeights({ ...spec, readsMatches: true }, createRng(4)));
    assert.ok(weights.get(MATCH_KERNEL)?.every((value) => value === 0));
    assert.deepEqual([...(weights.get(MATCH_BIAS) ?? [])], [1, 1, 1, 1, 1]);
    weights.delete(MATCH_KERNEL);
    weights.delete(MATCH_BIAS);
    assert.deepEqual(weights, initialWeights(spec, createRng(4)));
  });
});
