import assert from "node:assert/strict";
import { mayReplace } from "../../../src/engine/rival.ts";

/** Of so many bits per byte. */
function sampleOf(bitsPerByte: number) {
  return { tokens: 50, bytes: 100, nats: bitsPerByte * 100 * Math.LN2 };
}

describe("A model and the one that lies in its place", () => {
  const rival = { bitsPerByte: 2 };
  const fresh = { goesOnWithIt: false };
  const warm = { goesOnWithIt: true };

  it("may go where nothing is", () => {
    assert.ok(mayReplace(null, { sampleBest: sampleOf(9), isComplete: false, ...warm }));
  });

  for (const isComplete of [false, true]) {
    it(`replaces what it went on with only by being better, ${isComplete ? "at its end" : "on its way"} too`, () => {
      assert.ok(mayReplace(rival, { sampleBest: sampleOf(1.99), isComplete, ...warm }));
      assert.ok(!mayReplace(rival, { sampleBest: sampleOf(2), isComplete, ...warm }));
      assert.ok(!mayReplace(rival, { sampleBest: sampleOf(2.01), isComplete, ...warm }));
      assert.ok(!mayReplace(rival, { sampleBest: null, isComplete, ...warm }));
    });
  }

  it("replaces another run's on its way by being better, and at its end because it was asked for", () => {
    assert.ok(mayReplace(rival, { sampleBest: sampleOf(1.9), isComplete: false, ...fresh }));
    assert.ok(!mayReplace(rival, { sampleBest: sampleOf(2.1), isComplete: false, ...fresh }));
    assert.ok(mayReplace(rival, { sampleBest: sampleOf(2.1), isComplete: true, ...fresh }));
  });

  it("replaces one that cannot be compared at its end alone", () => {
    for (const run of [fresh, warm]) {
      assert.ok(!mayReplace({ bitsPerByte: null }, { sampleBest: sampleOf(1), isComplete: false, ...run }));
      assert.ok(mayReplace({ bitsPerByte: null }, { sampleBest: sampleOf(1), isComplete: true, ...run }));
    }
  });
});
