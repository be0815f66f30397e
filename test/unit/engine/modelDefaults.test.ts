import assert from "node:assert/strict";
import { fitLanes, fitRate } from "../../../src/engine/modelDefaults.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";

describe("Settings for a text", () => {
  it("have half the rate where it is long, and nothing else changed", () => {
    assert.deepEqual(fitRate(DEFAULT_TRAINING_SETTINGS, 400_000), DEFAULT_TRAINING_SETTINGS);
    assert.deepEqual(fitRate(DEFAULT_TRAINING_SETTINGS, 3_000_000), {
      ...DEFAULT_TRAINING_SETTINGS,
      learningRate: DEFAULT_TRAINING_SETTINGS.learningRate / 2,
    });
  });

  it("have fewer lanes where it is short, and a few in any case", () => {
    const lanes = (predictedTokens: number): number => fitLanes(DEFAULT_TRAINING_SETTINGS, predictedTokens).laneCount;
    assert.equal(lanes(1e6), DEFAULT_TRAINING_SETTINGS.laneCount);
    assert.equal(lanes(64 * 12 * 20), 20);
    assert.equal(lanes(10), 8);
  });
});
