import assert from "node:assert/strict";
import { type CandidateSet, drawCandidates } from "../../../src/batches/drawCandidates.ts";
import { createRng } from "../../../src/base/rng.ts";

const TARGETS = Int32Array.of(7, 3, 7, 19, 3, 42);

function draw(seed: number, sampleCount = 10): CandidateSet {
  const drawn = drawCandidates(TARGETS, { vocabularySize: 50, sampleCount, seed });
  assert.ok(drawn !== null);
  return drawn;
}

describe("drawCandidates", () => {
  it("has every target once, found again by its place", () => {
    const { ids, places } = draw(1);
    assert.deepEqual([...ids.subarray(0, 4)], [7, 3, 19, 42]);
    assert.deepEqual(
      [...places].map((place) => ids[place]),
      [...TARGETS],
    );
  });

  it("draws tokens that are no target, none twice, and others with another seed", () => {
    const { ids } = draw(1);
    assert.equal(ids.length, 14);
    assert.equal(new Set(ids).size, 14);
    assert.ok(ids.every((id) => id >= 0 && id < 50));
    assert.deepEqual(draw(1).ids, ids);
    assert.notDeepEqual(draw(2).ids, ids);
  });

  it("has the softmax's denominator as its mean", () => {
    const rng = createRng(5);
    const scores = Array.from({ length: 50 }, () => 4 * rng.next());
    const whole = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    const sums = Array.from({ length: 4000 }, (_, seed) => {
      const { ids, shifts } = draw(seed);
      return ids.reduce((sum, id, index) => sum + Math.exp((scores[id] as number) + (shifts[index] as number)), 0);
    });
    const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length;
    const variance = sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sums.length - 1);
    const error = Math.sqrt(variance / sums.length);
    assert.ok(Math.abs(mean - whole) < 4 * error, `${mean} for ${whole}, standard error ${error}`);
    assert.ok(error < 0.01 * whole);
  });

  it("draws nothing where there would be little to save", () => {
    assert.equal(drawCandidates(TARGETS, { vocabularySize: 50, sampleCount: 37, seed: 1 }), null);
    assert.equal(drawCandidates(TARGETS, { vocabularySize: 20, sampleCount: 16, seed: 1 }), null);
  });
});
