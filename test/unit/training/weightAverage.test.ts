import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { WeightAverage } from "../../../src/training/weightAverage.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

describe("The mean of the weights", () => {
  before(usePlainBackend);

  it("weighs each step by d less than the one after it, and sums to one from the first", () => {
    const before = tf.memory().numTensors;
    const weights = tf.variable(tf.tensor1d([0, 0]));
    const average = new WeightAverage(new Map([["w", weights]]), 0.8);
    assert.equal(average.read(), null);
    const steps = [
      [1, -2],
      [3, 5],
      [-4, 0.5],
    ] as const;
    steps.forEach((values, index) => {
      const changed = tf.tensor1d([...values]);
      weights.assign(changed);
      changed.dispose();
      average.noteStep();
      const shares = steps.slice(0, index + 1).map((_, step) => 0.8 ** (index - step));
      const sum = shares.reduce((a, b) => a + b, 0);
      for (const place of [0, 1] as const) {
        const expected = shares.reduce(
          (mean, share, step) => mean + (share * (steps[step] as typeof values)[place]) / sum,
          0,
        );
        const got = average.read()?.get("w")?.[place] ?? NaN;
        assert.ok(Math.abs(got - expected) < 1e-6, `${got}, expected ${expected}`);
      }
    });
    average.dispose();
    weights.dispose();
    assert.ok(tf.memory().numTensors <= before + 1, "all but the first value of the variable");
  });
});
