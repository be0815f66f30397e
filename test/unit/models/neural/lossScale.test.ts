import assert from "node:assert/strict";
import { LossScale } from "../../../../src/models/neural/lossScale.ts";

describe("The scale of gradients in float16", () => {
  it("is halved by every overflow, down to none", () => {
    const scale = new LossScale();
    const first = scale.value;
    assert.equal(scale.lower(), true);
    assert.equal(scale.value, first / 2);
    let count = 1;
    while (scale.lower()) {
      count++;
    }
    assert.equal(scale.value, 1);
    assert.equal(2 ** count, first);
  });

  it("is doubled after 2,000 steps in a row without one, up to 2²⁴", () => {
    const scale = new LossScale();
    const first = scale.value;
    const take = (steps: number): void => {
      for (let step = 0; step < steps; step++) {
        scale.noteSound();
      }
    };
    take(1999);
    assert.equal(scale.value, first);
    take(1);
    assert.equal(scale.value, 2 * first);
    take(1999);
    scale.lower();
    take(1999);
    assert.equal(scale.value, first);
    take(40_001);
    assert.equal(scale.value, 2 ** 24);
  });
});
