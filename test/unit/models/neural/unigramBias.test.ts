import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { DEFAULT_FAMILY_SPEC } from "../../../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../../../src/models/neural/family/familyWeights.ts";
import { initialWeights } from "../../../../src/models/neural/initialWeights.ts";
import { countTokens, unigramBias } from "../../../../src/models/neural/unigramBias.ts";

describe("unigramBias", () => {
  it("is what gives each token its share of the text, with half a count for each", () => {
    const bias = unigramBias([7, 2, 0, 1]);
    const mass = bias.reduce((sum, value) => sum + Math.exp(value), 0);
    const shares = [...bias].map((value) => Math.exp(value) / mass);
    for (const [token, expected] of [7.5 / 12, 2.5 / 12, 0.5 / 12, 1.5 / 12].entries()) {
      assert.ok(Math.abs((shares[token] ?? NaN) - expected) < 1e-6, `token ${token}: ${shares[token]}`);
    }
    assert.ok(Math.abs(bias.reduce((sum, value) => sum + value, 0)) < 1e-5);
  });

  it("is what a softmax begins with where the text is known, and nothing else changes", () => {
    const counts = countTokens([0, 3, 3, 1, 3], 4);
    assert.deepEqual([...counts], [1, 1, 0, 3]);
    const spec = { cell: "lstm", vocabularySize: 4, hiddenSize: 2, layerCount: 1 } as const;
    const family = { ...DEFAULT_FAMILY_SPEC, vocabularySize: 4 };
    for (const begin of [
      (given: Uint32Array | null) => initialWeights(spec, createRng(1), given),
      (given: Uint32Array | null) => familyWeights(family, createRng(1), given),
    ]) {
      const [known, unknown] = [begin(counts), begin(null)];
      for (const [name, values] of unknown) {
        assert.deepEqual(known.get(name), name === "softmax/bias" ? unigramBias(counts) : values, name);
      }
      assert.deepEqual([...(unknown.get("softmax/bias") ?? [])], [0, 0, 0, 0]);
    }
  });
});
