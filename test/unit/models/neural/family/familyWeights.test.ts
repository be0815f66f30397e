import assert from "node:assert/strict";
import { createRng } from "../../../../../src/base/rng.ts";
import { DEFAULT_FAMILY_SPEC, familyFault } from "../../../../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../../../../src/models/neural/family/familyWeights.ts";

const SPEC = {
  ...DEFAULT_FAMILY_SPEC,
  vocabularySize: 40,
  embeddingSize: 8,
  hiddenSize: 12,
  layerCount: 2,
  isTied: false,
};
const COUNTS = Array.from({ length: 40 }, (_, token) => 40 - token);

describe("The weights that a model of the family begins with", () => {
  it("fill the interval that is asked for, biases included, and know nothing of the text", () => {
    const weights = familyWeights({ ...SPEC, initialBound: 0.05 }, createRng(1), COUNTS);
    for (const [name, values] of weights) {
      const [least, most] = [Math.min(...values), Math.max(...values)];
      assert.ok(least >= -0.05 && most <= 0.05, `${name}: ${least} to ${most}`);
      assert.ok(most - least > 0.07, `${name}: ${least} to ${most}`);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs(mean) < 0.02, `${name}: ${mean}`);
    }
  });

  it("else begin with each token's share of the text, and memories that last", () => {
    const weights = familyWeights(SPEC, createRng(1), COUNTS);
    const bias = weights.get("softmax/bias") ?? [];
    assert.ok(Math.abs(((bias[0] as number) - (bias[39] as number)) / Math.log(40) - 1) < 0.2);
    assert.ok([...(weights.get("lstm/0/bias") ?? [])].includes(1));
  });

  it("refuse a bound that makes no sense", () => {
    for (const initialBound of [-0.1, 2, Number.NaN]) {
      assert.match(familyFault({ ...SPEC, initialBound }) ?? "", /initialBound is .*; choose/u);
    }
  });
});
