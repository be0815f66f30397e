import assert from "node:assert/strict";
import { DynamicBias } from "../../../../src/models/mixture/dynamicBias.ts";

const NETWORK = [0.5, 0.3, 0.2];

function moved(bias: DynamicBias): Float64Array {
  const probabilities = Float64Array.from(NETWORK);
  bias.applyTo(probabilities);
  return probabilities;
}

function assertClose(actual: Float64Array, expected: readonly number[]): void {
  for (const [index, value] of expected.entries()) {
    assert.ok(Math.abs((actual[index] as number) - value) < 1e-12, `${actual.join(" ")} is not ${expected.join(" ")}`);
  }
}

describe("DynamicBias", () => {
  it("is the network's distribution until something was learnt", () => {
    assertClose(moved(new DynamicBias(3)), NETWORK);
  });

  it("takes the step down the gradient that the equation gives by hand", () => {
    const bias = new DynamicBias(3, { rate: 0.1, decay: 0 });
    bias.learn(Float64Array.from(NETWORK), 2);
    // −0.1 · (p − [0, 0, 1])
    const scores = [0.5 * Math.exp(-0.05), 0.3 * Math.exp(-0.03), 0.2 * Math.exp(0.08)];
    const sum = scores.reduce((total, score) => total + score, 0);
    assertClose(
      moved(bias),
      scores.map((score) => score / sum),
    );
  });

  it("foresees what comes often better, and returns to what was trained as that stops", () => {
    const bias = new DynamicBias(3, { rate: 0.1, decay: 0.01 });
    for (let index = 0; index < 100; index++) {
      bias.learn(moved(bias), 2);
    }
    const after = moved(bias);
    assert.ok((after[2] as number) > 0.7, after.join(" "));
    assert.ok(Math.abs(after.reduce((sum, value) => sum + value, 0) - 1) < 1e-12);
    const still = new DynamicBias(3, { rate: 0, decay: 0.5 });
    still.learn(after, 2);
    assertClose(moved(still), NETWORK);
  });

  it("goes back by its decay alone where the gradient is nothing", () => {
    const bias = new DynamicBias(2, { rate: 1, decay: 0.5 });
    // The gradient at p = (0, 1) behind token 0 is (−1, 1), at p = (1, 0) nothing.
    bias.learn(Float64Array.of(0, 1), 0);
    bias.learn(Float64Array.of(1, 0), 0);
    const probabilities = Float64Array.of(0.5, 0.5);
    bias.applyTo(probabilities);
    assertClose(probabilities, [
      Math.exp(0.5) / (Math.exp(0.5) + Math.exp(-0.5)),
      Math.exp(-0.5) / (Math.exp(0.5) + Math.exp(-0.5)),
    ]);
  });
});
