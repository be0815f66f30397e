import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { FamilyLanguageModel } from "../../../../../src/models/neural/family/familyLanguageModel.ts";
import { FamilyModel } from "../../../../../src/models/neural/family/familyModel.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { FAMILY_CASES, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

const TOKENS = [0, 4, 2, 7, 1, 1, 8, 3, 5];

describe("A network of the family as a language model", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [title, spec] of FAMILY_CASES) {
    it(`reads several tokens at once as it reads them one after the other (${title})`, () => {
      const network = new FamilyModel(spec, tinyFamilyWeights(spec), portableKernels);
      const model = new FamilyLanguageModel(network);
      const before = tf.memory().numTensors;
      const one = TOKENS.reduce((state, token) => model.advance(state, token), model.initialState());
      const parts = model.advanceThrough(
        model.advanceThrough(model.initialState(), TOKENS.slice(0, 5)),
        TOKENS.slice(5),
      );
      assert.ok(largestDifference(parts.logProbabilities, one.logProbabilities) < 1e-5);
      for (const [name, { values }] of one.carried) {
        assert.ok(largestDifference(parts.carried.get(name)?.values ?? [], values) < 1e-5, name);
      }
      assert.equal(tf.memory().numTensors, before);
      network.dispose();
    });
  }
});
