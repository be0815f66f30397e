import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { type SharedTraining, useSharedTraining } from "../../../../support/sharedTraining.ts";
import { FAMILY_CASES, familyLoss, tinyBatch, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

describe("Models in plain tfjs on the backend in shared memory", function () {
  this.timeout(180_000);
  let training: SharedTraining;

  before(async () => {
    training = await useSharedTraining("trainer.wasm", 2);
  });

  after(usePlainBackend);

  for (const [what, spec] of FAMILY_CASES) {
    it(`have the losses and gradients that they have on the plain one: ${what}`, async () => {
      const weights = tinyFamilyWeights(spec);
      const batches = [1, 2].map((seed) => tinyBatch({ windowTokens: 6, laneCount: 3, seed, resets: [[1, 2]] }));
      await tf.setBackend("inkling-wasm");
      const actual = familyLoss(spec, weights, { batches });
      assert.equal(training.backend.heap.blockCount, 0, "every block was given back");
      await usePlainBackend();
      const expected = familyLoss(spec, weights, { batches });
      assert.ok(largestDifference(actual.losses, expected.losses) < 1e-5);
      for (const [name, gradient] of expected.gradients) {
        const difference = largestDifference(actual.gradients.get(name) ?? [], gradient);
        assert.ok(difference < 1e-4, `${name} differs by ${difference}`);
      }
    });
  }
});
