import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createDropoutMasks } from "../../../src/models/neural/dropoutMasks.ts";
import { dropoutAt } from "../../../src/training/dropout.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

describe("dropout", () => {
  before(usePlainBackend);

  it("is none in the first pass, and rises to its limit", () => {
    const settings = { ...DEFAULT_TRAINING_SETTINGS, dropoutPerPass: 0.1, maxDropout: 0.25 };
    assert.deepEqual(
      [0, 1, 2, 3, 9].map((epoch) => dropoutAt(epoch, settings)),
      [0, 0.1, 0.2, 0.25, 0.25],
    );
  });

  it("drops the share of units that the rate says, and keeps the expectation", () => {
    const masks = createDropoutMasks({ rate: 0.3, seed: 5, layerCount: 2, laneCount: 50, hiddenSize: 200 });
    for (const mask of masks) {
      assert.deepEqual(mask.shape, [1, 50, 200]);
      const values = mask.dataSync<"float32">();
      const dropped = values.filter((value) => value === 0).length / values.length;
      // Five standard deviations of 10,000 draws.
      assert.ok(Math.abs(dropped - 0.3) < 0.023, `${dropped} were dropped`);
      assert.ok(values.every((value) => value === 0 || Math.abs(value - 1 / 0.7) < 1e-6));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs(mean - 1) < 0.033, `the mean is ${mean}`);
    }
    tf.dispose([...masks]);
  });
});
