import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../../../../../src/batches/laneBatches.ts";
import { FamilyModel } from "../../../../../src/models/neural/family/familyModel.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { Trainer } from "../../../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../../../src/training/trainingSettings.ts";
import { checkGradient } from "../../../../support/gradientCheck.ts";
import {
  FAMILY_CASES,
  familyLoss,
  sliceBatch,
  TINY,
  tinyBatch,
  tinyFamilyWeights,
} from "../../../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

const resets = [
  [0, 0],
  [1, 2],
] as const;

/** The second one is differentiated: behind the first, so that no state is zero, and with lanes that are cleared. */
const windows = [
  tinyBatch({ windowTokens: 4, laneCount: 2, seed: 1 }),
  tinyBatch({ windowTokens: 6, laneCount: 2, seed: 2, resets: [...resets, [0, 5]] }),
];

for (const [title, spec] of FAMILY_CASES) {
  describe(`${title} of the family`, function () {
    this.timeout(120_000);
    before(usePlainBackend);

    it("has the gradient that central differences show, for every parameter", () => {
      checkGradient({ spec, weights: tinyFamilyWeights(spec), batches: windows });
    });

    it("reads two windows with the state carried as it reads one long window", () => {
      const long = tinyBatch({ windowTokens: 9, laneCount: 2, seed: 3, resets: [...resets, [0, 6]] });
      const weights = tinyFamilyWeights(spec);
      const whole = familyLoss(spec, weights, { batches: [long] });
      const parts = familyLoss(spec, weights, { batches: [sliceBatch(long, 0, 4), sliceBatch(long, 4, 9)] });
      const difference = (parts.losses[0] as number) + (parts.losses[1] as number) - (whole.losses[0] as number);
      assert.ok(Math.abs(difference) < 1e-4, `off by ${difference} nats`);
      for (const [name, values] of whole.state) {
        assert.ok(largestDifference(parts.state.get(name) ?? [], values) < 1e-5, name);
      }
    });

    it("sees nothing across a place where a lane is cleared", () => {
      const cleared = tinyBatch({ windowTokens: 6, laneCount: 1, seed: 4, resets: [[0, 3]] });
      const other = { ...cleared, inputs: cleared.inputs.slice() };
      other.inputs.set([1, 2, 3], 0);
      const behind = (batch: LaneBatch): Float32Array =>
        familyLoss(spec, tinyFamilyWeights(spec), { batches: [batch] }).probabilities.subarray(3 * TINY.vocabularySize);
      assert.ok(largestDifference(behind(cleared), behind(other)) < 1e-6);
    });

    it("has a gradient for a window of one token of one lane", () => {
      const batch = tinyBatch({ windowTokens: 1, laneCount: 1, seed: 4 });
      const { gradients } = familyLoss(spec, tinyFamilyWeights(spec), { batches: [batch] });
      assert.ok([...gradients.values()].every((values) => values.every(Number.isFinite)));
      assert.ok((gradients.get("embedding") as Float32Array).some((slope) => slope !== 0));
    });

    it("gives distributions that sum to 1 and agree with the loss", () => {
      const batch = tinyBatch({ windowTokens: 5, laneCount: 1, seed: 5, resets: [[0, 0]] });
      const { probabilities, losses } = familyLoss(spec, tinyFamilyWeights(spec), { batches: [batch] });
      let nats = 0;
      for (let row = 0; row < 5; row++) {
        const distribution = probabilities.subarray(row * TINY.vocabularySize, (row + 1) * TINY.vocabularySize);
        assert.ok(Math.abs(distribution.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
        nats -= Math.log(distribution[batch.targets[row] as number] as number);
      }
      assert.ok(Math.abs(nats - (losses[0] as number)) < 1e-4);
    });

    it("learns one batch by heart and leaves no tensor behind", () => {
      const before = tf.memory().numTensors;
      const model = new FamilyModel(spec, tinyFamilyWeights(spec), portableKernels);
      const trainer = new Trainer(model, { ...DEFAULT_TRAINING_SETTINGS, laneCount: 2, windowTokens: 6 });
      const batch = tinyBatch({ windowTokens: 6, laneCount: 2, seed: 1, resets: [...resets, [1, 0]] });
      let perplexity = Number.POSITIVE_INFINITY;
      let most = 0;
      for (let step = 0; step < 500 && perplexity >= 1.1; step++) {
        const { nats, targetCount } = trainer.step(batch, { learningRate: 4e-2, dropoutRate: 0, seed: step });
        perplexity = Math.exp(nats / targetCount);
        most = Math.max(most, step < 2 ? tf.memory().numTensors : most);
        assert.ok(tf.memory().numTensors <= most);
      }
      trainer.dispose();
      model.dispose();
      assert.ok(perplexity < 1.1, `perplexity ${perplexity}`);
      assert.equal(tf.memory().numTensors, before);
    });
  });
}

describe("The scores of the family", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [title, spec] of FAMILY_CASES.filter(([, { softmaxCount, kind }]) => softmaxCount > 1 || kind === "rnn")) {
    it(`have the gradient that central differences show, with which dynamic evaluation learns on (${title})`, () => {
      checkGradient({ spec, weights: tinyFamilyWeights(spec), batches: windows, isScored: true });
    });
  }
});
