import assert from "node:assert/strict";
import { SoftmaxTemperature } from "../../../src/training/softmaxTemperature.ts";

/** Looks at a text that knows its best temperature. */
function follow(temperature: SoftmaxTemperature, best: number, looks: number): number {
  let chosen = Number.NaN;
  for (let look = 0; look < looks; look++) {
    const tallies = temperature.candidates.map((each) => ({
      tokens: 1,
      bytes: 1,
      nats: 1 + Math.log(each / best) ** 2,
    }));
    chosen = temperature.choose(tallies).temperature;
  }
  return chosen;
}

describe("The temperature of a softmax", () => {
  for (const best of [0.8, 1, 1.15, 1.4]) {
    it(`comes within a step of the best, however far that is from 1 (${best})`, () => {
      const ratio = follow(new SoftmaxTemperature(1.5), best, 10) / best;
      assert.ok(ratio > 0.96 && ratio < 1.04, `${ratio}`);
    });
  }

  it("stays within its bounds, and at 1 where there are none to choose from", () => {
    assert.ok(follow(new SoftmaxTemperature(1.2), 5, 20) <= 1.2);
    assert.ok(follow(new SoftmaxTemperature(1.2), 0.1, 20) >= 1 / 1.2);
    const fixed = new SoftmaxTemperature(1);
    assert.deepEqual(fixed.candidates, [1]);
    assert.equal(follow(fixed, 5, 3), 1);
  });

  it("keeps what it had where a figure is not finite", () => {
    const temperature = new SoftmaxTemperature(1.5);
    const nothing = { tokens: 1, bytes: 1, nats: Number.NaN };
    assert.equal(temperature.choose(temperature.candidates.map(() => nothing)).temperature, 1);
  });

  it("begins again where the weights have it in them", () => {
    const temperature = new SoftmaxTemperature(1.5);
    follow(temperature, 1.4, 10);
    temperature.restart();
    assert.equal(temperature.candidates[0], 1);
  });
});
