import assert from "node:assert/strict";
import type { HeldOut } from "../../../src/training/heldOut.ts";
import { RunTimes, type RunTimesOptions } from "../../../src/training/runTimes.ts";

function heldOut(work: number): HeldOut {
  return { tokens: work, bytes: work, work, windowCount: 1, windows: () => [] };
}

function open(changes: Partial<RunTimesOptions> = {}): RunTimes {
  return new RunTimes({
    budgetSeconds: 100,
    reservedSeconds: 0,
    sample: heldOut(10),
    final: heldOut(40),
    ...changes,
  });
}

describe("RunTimes", () => {
  it("keeps a little back before anything was measured", () => {
    assert.equal(open().trainingSeconds, 95);
    assert.equal(open({ reservedSeconds: 10 }).trainingSeconds, 85);
  });

  it("keeps back what a step, a look, two saves and the final figure took or would take", () => {
    const times = open();
    times.noteStep(0.5);
    times.noteSample(1);
    times.noteSave(0.25);
    // 0.5 for a step that has begun, 2 × 0.25 to save, with a margin 1 for the look and 40 units at a tenth of a second
    assert.equal(times.trainingSeconds, 100 - (0.5 + 0.5 + 1.3 * (1 + 4)));
    assert.equal(times.affordableWork(94), (100 - 0.25 - 94) / 0.1);
  });

  it("lets the final figure take no more than a share", () => {
    const times = open({ final: heldOut(10_000) });
    times.noteSample(1);
    assert.equal(times.trainingSeconds, 100 - 1.3 * (1 + 8));
  });

  it("does not go by one look that was disturbed", () => {
    const times = open();
    times.noteSample(1);
    times.noteSample(3);
    assert.equal(times.sampleSeconds, 2);
  });

  it("leaves half of the time to training on a machine however slow", () => {
    const times = open();
    times.noteSample(90);
    assert.equal(times.trainingSeconds, 50);
    assert.equal(times.affordableWork(101), 0);
  });

  it("looks often while a run is young, seldom later, and hardly where a budget has no room for it", () => {
    const hasSaved = true;
    const times = open();
    const pause = (elapsedSeconds: number): number =>
      times.pauseAfterLook({ lookSeconds: 1, elapsedSeconds, hasSaved });
    assert.deepEqual([3, 7, 15, 31].map(pause), [3, 7, 15, 1 / 0.06]);
    const short = open({ budgetSeconds: 20 });
    assert.equal(short.pauseAfterLook({ lookSeconds: 1, elapsedSeconds: 5, hasSaved }), 1 / 0.06);
    const unlimited = open({ budgetSeconds: null });
    assert.equal(unlimited.pauseAfterLook({ lookSeconds: 1, elapsedSeconds: 5, hasSaved }), 1 / 0.06);
  });

  it("looks again soon until something is saved, and never without a pause", () => {
    const look = { elapsedSeconds: 50, hasSaved: false };
    assert.equal(open().pauseAfterLook({ ...look, lookSeconds: 3 }), 6);
    assert.equal(open().pauseAfterLook({ ...look, lookSeconds: 0.1 }), 2);
    assert.equal(open().pauseAfterLook({ ...look, lookSeconds: 0.01, hasSaved: true }), 2);
  });

  it("knows no end where there is no budget, and no speed where nothing was measured", () => {
    assert.equal(open({ budgetSeconds: null }).trainingSeconds, null);
    assert.equal(open({ budgetSeconds: null }).affordableWork(5), Infinity);
    assert.equal(open().affordableWork(5), Infinity);
  });
});
