import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { packSequences, planBatches } from "../../../src/batches/labelBatches.ts";

const SEQUENCES = [
  { units: Int32Array.of(1, 2, 3, 4, 5, 6), labels: Int32Array.of(0, 1, -1) },
  { units: Int32Array.of(7, 8), labels: Int32Array.of(2) },
];

describe("Batches of labelled sequences", () => {
  it("lie side by side step by step, mirrored within their own length", () => {
    const batch = packSequences(SEQUENCES, { fieldCount: 2, isEach: true });
    assert.deepEqual([batch.stepCount, batch.laneCount], [3, 2]);
    assert.deepEqual([...batch.lengths], [3, 1]);
    assert.deepEqual([...batch.ids], [1, 2, 7, 8, 3, 4, 0, 0, 5, 6, 0, 0]);
    assert.deepEqual([...batch.mirrored], [4, 1, 2, 3, 0, 5]);
    assert.deepEqual([...batch.ends], [4, 1]);
    assert.deepEqual([...batch.mask], [1, 1, 1, 0, 1, 0]);
    // A label that the model does not have counts for nothing, and neither does what fills up.
    assert.deepEqual([...batch.targets], [0, 2, 1, 0, 0, 0]);
    assert.deepEqual([...batch.weights], [1, 1, 1, 0, 0, 0]);
  });

  it("have one label each where the whole is labelled", () => {
    const batch = packSequences(SEQUENCES, { fieldCount: 2, isEach: false });
    assert.deepEqual(
      [[...batch.targets], [...batch.weights]],
      [
        [0, 2],
        [1, 1],
      ],
    );
  });

  it("refuse a sequence of nothing", () => {
    const empty = { units: new Int32Array(0), labels: new Int32Array(0) };
    assert.throws(() => packSequences([empty], { fieldCount: 1, isEach: true }), RangeError);
  });

  it("take each sequence once, those of like length together, and no more than fits", () => {
    const rng = createRng(3);
    const lengths = Array.from({ length: 500 }, () => 1 + rng.nextInt(60));
    for (const chance of [null, createRng(1)]) {
      const batches = planBatches(lengths, { laneCount: 16, cellCount: 400 }, chance);
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        lengths.map((_, index) => index),
      );
      let filled = 0;
      for (const batch of batches) {
        const longest = Math.max(...batch.map((index) => lengths[index] as number));
        assert.ok(batch.length <= 16 && longest * batch.length <= 400);
        filled += longest * batch.length;
      }
      const units = lengths.reduce((sum, length) => sum + length, 0);
      assert.ok(filled < 1.1 * units, `${filled} places for ${units} units`);
    }
  });

  it("are the same for the same seed, and others for another", () => {
    const plan = (seed: number): string =>
      JSON.stringify(planBatches([3, 1, 4, 1, 5, 9, 2, 6], { laneCount: 2, cellCount: 99 }, createRng(seed)));
    assert.equal(plan(1), plan(1));
    assert.notEqual(plan(1), plan(2));
  });
});
