import assert from "node:assert/strict";
import { stepFactor } from "../../../../src/engine/gradients/lookAtGradients.ts";
import { logHistogram, NormRecord } from "../../../../src/engine/gradients/normRecord.ts";

describe("The record of norms", () => {
  it("has the norms in order, the share that was clipped and a histogram of all", () => {
    const record = new NormRecord();
    for (const normBefore of [0.5, 2, 4]) {
      const isClipped = normBefore > 1;
      record.note({ normBefore, normAfter: Math.min(1, normBefore), scale: 1, isClipped });
    }
    const { normsBefore, normsAfter, clippedFraction, stepsPerPoint, histogram } = record.summary();
    assert.deepEqual([normsBefore, normsAfter, stepsPerPoint], [[0.5, 2, 4], [0.5, 1, 1], 1]);
    assert.equal(clippedFraction, 2 / 3);
    assert.equal(
      histogram.counts.reduce((sum, count) => sum + count, 0),
      3,
    );
  });

  it("takes means over as many steps as keep a long training short", () => {
    const record = new NormRecord();
    for (let step = 0; step < 1000; step++) {
      record.note({ normBefore: step, normAfter: step / 2, scale: 1, isClipped: true });
    }
    const { stepsPerPoint, normsBefore, normsAfter, steps } = record.summary();
    assert.deepEqual([stepsPerPoint, normsBefore.length, steps], [3, 334, 1000]);
    assert.deepEqual([normsBefore[0], normsBefore[333], normsAfter[1]], [1, 999, 2]);
  });
});

describe("A logarithmic histogram", () => {
  it("has bins that grow by one factor, with the least and the largest value at its ends", () => {
    const { bounds, counts } = logHistogram([1, 2, 4, 7.9, 8, 8], 3);
    assert.deepEqual(counts, [1, 1, 4]);
    [1, 2, 4, 8].forEach((bound, index) => {
      assert.ok(Math.abs((bounds[index] ?? NaN) - bound) < 1e-9);
    });
  });

  it("leaves out zeros, and holds values that are all the same", () => {
    assert.deepEqual(logHistogram([0, 0], 4), { bounds: [], counts: [] });
    assert.equal(logHistogram([0, 3, 3], 4).counts[0], 2);
  });
});

describe("The factor a step", () => {
  it("is that of norms which fall evenly, and of the line through others", () => {
    assert.ok(Math.abs((stepFactor(Float64Array.of(8, 4, 2, 1)) ?? NaN) - 0.5) < 1e-12);
    // ln: 0, 1, 1, 2 has slope 0.6.
    assert.ok(Math.abs((stepFactor(Float64Array.of(1, Math.E, Math.E, Math.E ** 2)) ?? NaN) - Math.exp(0.6)) < 1e-12);
  });

  it("is not there where a norm is nothing", () => {
    assert.equal(stepFactor(Float64Array.of(1, 0, 0)), null);
  });
});
