import assert from "node:assert/strict";
import { learningRateAt } from "../../../src/training/learningRate.ts";
import { runFraction } from "../../../src/training/runPlan.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";

const settings = { ...DEFAULT_TRAINING_SETTINGS, learningRate: 1, finalRateShare: 0.1, warmUpShare: 0.2 };

describe("learningRateAt", () => {
  it("rises to the highest rate, then falls along half a cosine to the final share", () => {
    const rows = [
      [0.1, 0.5],
      [0.2, 1],
      [0.6, 0.55],
      [1, 0.1],
    ] as const;
    for (const [fraction, expected] of rows) {
      assert.ok(Math.abs(learningRateAt(fraction, settings) - expected) < 1e-9, `at ${fraction}`);
    }
  });

  it("never falls before the end of the warm-up nor rises after it", () => {
    const rates = Array.from({ length: 101 }, (_, percent) => learningRateAt(percent / 100, settings));
    rates.forEach((rate, percent) => {
      const next = rates[percent + 1] ?? rate;
      assert.ok(percent < 20 ? next >= rate : next <= rate, `at ${percent} %`);
    });
    assert.ok((rates[0] as number) > 0);
  });
});

describe("runFraction", () => {
  const at = { elapsedSeconds: 30, position: { epoch: 1, windowIndex: 5 }, windowsPerEpoch: 10 };

  it("is the share of whichever limit is further used up, at most 1", () => {
    assert.equal(runFraction({ budgetSeconds: 120, epochs: null }, at), 0.25);
    assert.equal(runFraction({ budgetSeconds: null, epochs: 3 }, at), 0.5);
    assert.equal(runFraction({ budgetSeconds: 120, epochs: 3 }, at), 0.5);
    assert.equal(runFraction({ budgetSeconds: 10, epochs: null }, at), 1);
  });
});
