import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { FamilyModel } from "../../../../../src/models/neural/family/familyModel.ts";
import type { FamilySpec, Regularisation } from "../../../../../src/models/neural/family/familySpec.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { Trainer } from "../../../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../../../src/training/trainingSettings.ts";
import { checkGradient } from "../../../../support/gradientCheck.ts";
import { TINY_AWD } from "../../../../support/tinyAwd.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { usePlainBackend } from "../../../../support/tinyNetwork.ts";

/** A mixture of softmaxes has one more place where units are dropped (Yang et al. 2018). */
const TINY_AWD_MOS: FamilySpec = {
  ...TINY_AWD,
  softmaxCount: 3,
  regularisation: { ...TINY_AWD.regularisation, latentDropout: 0.3 },
};
const BATCH = tinyBatch({
  windowTokens: 8,
  laneCount: 2,
  seed: 2,
  resets: [
    [0, 0],
    [1, 3],
  ],
});

const CASES = [
  ["An AWD-LSTM", TINY_AWD],
  ["An AWD-LSTM with mixed softmaxes", TINY_AWD_MOS],
] as const;

for (const [title, spec] of CASES) {
  describe(title, function () {
    this.timeout(60_000);
    before(usePlainBackend);

    it("has the gradient that central differences show, for every parameter and all that regularises at once", () => {
      const before = tinyBatch({ windowTokens: 4, laneCount: 2, seed: 1 });
      checkGradient({ spec, weights: tinyFamilyWeights(spec), batches: [before, BATCH], seed: 5 });
    });

    it("has the gradient of its penalties where they outweigh the loss", () => {
      const { activation, temporalActivation } = spec.regularisation;
      const strong = { activation: 50 * activation, temporalActivation: 50 * temporalActivation };
      const penalised = { ...spec, layerCount: 1, regularisation: { ...spec.regularisation, ...strong } };
      checkGradient({ spec: penalised, weights: tinyFamilyWeights(penalised), batches: [BATCH], seed: 5 });
    });

    it("is regularised by each of its means, and by no other chance than the seed's", () => {
      const lossOf = (regularisation: Regularisation, seed: number): number =>
        familyLoss({ ...spec, regularisation }, tinyFamilyWeights(spec), { batches: [BATCH], seed })
          .losses[0] as number;
      const own = spec.regularisation;
      const loss = lossOf(own, 5);
      assert.equal(lossOf(own, 5), loss);
      assert.notEqual(lossOf(own, 6), loss);
      for (const [name, value] of Object.entries(own)) {
        if (typeof value === "number" && value > 0) {
          assert.notEqual(lossOf({ ...own, [name]: 0 }, 5), loss, name);
        }
      }
      assert.notEqual(lossOf({ ...own, isLocked: false }, 5), loss);
    });

    it("learns one batch by heart under masks that are others at every step, and is read without any", () => {
      const wide = { ...spec, layerCount: 2, embeddingSize: 16, hiddenSize: 24 };
      const before = tf.memory().numTensors;
      const model = new FamilyModel(wide, tinyFamilyWeights(wide), portableKernels);
      const trainer = new Trainer(model, { ...DEFAULT_TRAINING_SETTINGS, laneCount: 2, windowTokens: 8 });
      let perplexity = Number.POSITIVE_INFINITY;
      for (let step = 1; step <= 300 && perplexity >= 1.2; step++) {
        trainer.step(BATCH, { learningRate: 2e-2, dropoutRate: 0, seed: step });
        if (step % 25 === 0) {
          perplexity = perplexityOf(familyLoss(wide, model.readWeights(), { batches: [BATCH] }).probabilities);
        }
      }
      trainer.dispose();
      model.dispose();
      assert.ok(perplexity < 1.2, `perplexity ${perplexity}`);
      assert.equal(tf.memory().numTensors, before);
    });
  });
}

/** Of the batch's targets. @param probabilities time-major, [T·B, V] */
function perplexityOf(probabilities: Float32Array): number {
  const { targets, windowTokens: T, laneCount: B } = BATCH;
  const nats = targets.reduce((sum, target, cell) => {
    const row = (cell % T) * B + Math.floor(cell / T);
    return sum - Math.log(probabilities[row * TINY.vocabularySize + target] as number);
  }, 0);
  return Math.exp(nats / targets.length);
}
