import assert from "node:assert/strict";
import { fewStepsNotice } from "../../../../src/engine/family/fewStepsNotice.ts";

describe("What is said of a budget into which hardly a step fitted", () => {
  for (const [steps, stepSeconds, message] of [
    [0, 0, /^No step of mos fitted into the budget\. For more, choose a longer budget/u],
    [1, 64, /^Only 1 step of mos fitted into the budget; one takes 1 min 04 s\. .*fewer lanes \(laneCount\)/u],
    [9, 0.31, /^Only 9 steps of mos fitted into the budget; one takes 0\.310 s\. .*a smaller network/u],
  ] as const) {
    it(`says that ${steps} did, and what to change`, () => {
      const notice = fewStepsNotice("mos", { stopped: "budget", steps, stepSeconds });
      assert.equal(notice?.level, "warning");
      assert.match(notice.message, message);
    });
  }

  it("says nothing where there were enough, or something else was the end", () => {
    for (const [stopped, steps] of [
      ["budget", 10],
      ["epochs", 1],
      ["cancelled", 1],
    ] as const) {
      assert.equal(fewStepsNotice("mos", { stopped, steps, stepSeconds: 1 }), null);
    }
  });
});
