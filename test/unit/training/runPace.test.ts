import assert from "node:assert/strict";
import { RunPace } from "../../../src/training/runPace.ts";

describe("RunPace", () => {
  it("keeps a look's time free at the end of a budget", () => {
    const clock = { nowMs: () => ms };
    let ms = 1000;
    const pace = new RunPace({ budgetSeconds: 10, epochs: null }, clock);
    ms = 3000;
    assert.equal(pace.fraction(0), 0.2);
    const began = pace.elapsedSeconds();
    ms = 5000;
    pace.noteLook(began);
    assert.equal(pace.fraction(0), 0.5);
    ms = 9000;
    assert.equal(pace.fraction(0), 1);
  });

  it("counts passes where there is no deadline", () => {
    const pace = new RunPace({ budgetSeconds: null, epochs: 4 }, { nowMs: () => 0 });
    assert.ok(Math.abs(pace.fraction(1) - 0.25) < 1e-6);
    assert.equal(pace.fraction(4), 1);
  });

  it("gives a long look at most half of the budget", () => {
    let ms = 0;
    const pace = new RunPace({ budgetSeconds: 10, epochs: null }, { nowMs: () => ms });
    ms = 2500;
    pace.noteLook(-20);
    assert.equal(pace.fraction(0), 0.5);
  });

  it("lets looks before the last one take a fifth of a budget together", () => {
    let ms = 0;
    const pace = new RunPace({ budgetSeconds: 10, epochs: null }, { nowMs: () => ms });
    assert.deepEqual([pace.spareLookSeconds, pace.isLookAffordable], [2, true]);
    ms = 800;
    pace.noteLook(0);
    assert.ok(Math.abs(pace.spareLookSeconds - 1.2) < 1e-9);
    assert.equal(pace.isLookAffordable, true);
    ms = 900;
    pace.noteLongLook(0.8, 3);
    assert.equal(pace.isLookAffordable, false);
    assert.equal(pace.lookShare, 0.3);
  });

  it("lets looks take any time where there are passes to make", () => {
    const pace = new RunPace({ budgetSeconds: 10, epochs: 1 }, { nowMs: () => 9000 });
    pace.noteLook(-9);
    assert.equal(pace.isLookAffordable, true);
  });

  it("tells once a second", () => {
    let ms = 0;
    const pace = new RunPace({ budgetSeconds: 10, epochs: null }, { nowMs: () => ms });
    const told = [500, 1000, 1500, 1999, 2000].map((at) => {
      ms = at;
      return pace.isTellingDue();
    });
    assert.deepEqual(told, [false, true, false, false, true]);
  });
});
