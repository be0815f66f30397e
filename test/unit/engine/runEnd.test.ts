import assert from "node:assert/strict";
import { CANCELLED_EARLY, describeEnd } from "../../../src/engine/runEnd.ts";
import type { RunOutcome } from "../../../src/training/runContext.ts";

describe("describeEnd", () => {
  const checkEnd = (outcome: RunOutcome, expected: RegExp | undefined, hasSaved = false): void => {
    const { stopped, nothingLearnt } = describeEnd(outcome, { learningRate: 50, hasSaved });
    assert.equal(stopped, outcome.stopped);
    assert.match(nothingLearnt ?? "a model", expected ?? /^a model$/u);
  };

  for (const [outcome, expected] of [
    [{ stopped: "budget", left: "model" }, undefined],
    [{ stopped: "nonFinite", left: "model" }, undefined],
    [
      { stopped: "nonFinite", left: "lost" },
      /^Nothing was saved, .* The learning rate of 50 was too high .* a lower `learningRate`\.$/u,
    ],
    [
      { stopped: "budget", left: "lost" },
      /no better than by guessing\. The learning rate of .* a lower `learningRate`/u,
    ],
    [{ stopped: "epochs", left: "tooLittle" }, /^Nothing was saved, .* Give it more time\.$/u],
    [{ stopped: "budget", left: "noStep" }, /^Nothing was saved, .* Give it more time\.$/u],
    [{ stopped: "epochs", left: "earlierModel" }, /kept: this run did not come to know the held-out text better\.$/u],
    [
      { stopped: "cancelled", left: "earlierModel" },
      /kept: this run ended before it knew the held-out text better\.$/u,
    ],
    [{ stopped: "nonFinite", left: "earlierModel" }, /kept: .* a lower `learningRate`/u],
  ] as const) {
    it(`says one thing of ${outcome.stopped} that left ${outcome.left}`, () => {
      checkEnd(outcome, expected);
    });
  }

  it("does not ask for more time where somebody cancelled", () => {
    const facts = { learningRate: 50, hasSaved: false };
    assert.deepEqual(describeEnd({ stopped: "cancelled", left: "noStep" }, facts), CANCELLED_EARLY);
    assert.deepEqual(describeEnd({ stopped: "cancelled", left: "tooLittle" }, facts), CANCELLED_EARLY);
  });

  it("says what comes next where a run that went on had no time left", () => {
    checkEnd({ stopped: "budget", left: "noStep" }, /^No time was left for a step, .* begins a new schedule\.$/u, true);
  });
});
