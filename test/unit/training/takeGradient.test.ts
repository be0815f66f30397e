import assert from "node:assert/strict";
import { LossScale } from "../../../src/models/neural/lossScale.ts";
import { takeGradient, type TakenGradient } from "../../../src/training/takeGradient.ts";

interface Numbered extends TakenGradient {
  readonly number: number;
}

/** Gradients of which those before `firstSound` are not finite. */
function takeUntil(firstSound: number, scale: LossScale | undefined, isLossFinite = true) {
  const discarded: number[] = [];
  let count = 0;
  const taken = takeGradient(
    scale,
    (): Numbered => ({ number: count++, isLossFinite, isGradientFinite: count > firstSound }),
    ({ number }) => discarded.push(number),
  );
  return { taken, discarded };
}

describe("A gradient that may overflow", () => {
  it("is taken once where it is finite", () => {
    const { taken, discarded } = takeUntil(0, new LossScale());
    assert.deepEqual([taken.number, discarded], [0, []]);
  });

  it("is taken again with half the scale until it is finite, and the others are freed", () => {
    const scale = new LossScale();
    const first = scale.value;
    const { taken, discarded } = takeUntil(3, scale);
    assert.deepEqual([taken.number, taken.isFinite, discarded], [3, true, [0, 1, 2]]);
    assert.equal(scale.value, first / 8);
  });

  it("is given up where no scale helps, and left to whoever asked, with the scale that was", () => {
    const scale = new LossScale();
    const { taken, discarded } = takeUntil(1000, scale);
    assert.deepEqual([taken.number, taken.isFinite, discarded.length], [16, false, 16]);
    assert.equal(scale.value, new LossScale().value);
  });

  it("counts for a larger scale where it is finite, and only there", () => {
    const scale = new LossScale();
    const first = scale.value;
    const take = (count: number, firstSound: number, isLossFinite: boolean): void => {
      for (let step = 0; step < count; step++) {
        takeUntil(firstSound, scale, isLossFinite);
      }
    };
    take(2000, 0, false);
    assert.equal(scale.value, first);
    take(1999, 0, true);
    assert.equal(scale.value, first);
    take(1, 0, true);
    assert.equal(scale.value, 2 * first);
  });

  it("is not taken again where the loss is not finite either, or nothing is scaled", () => {
    const scale = new LossScale();
    assert.deepEqual(takeUntil(3, scale, false).discarded, []);
    assert.equal(scale.value, new LossScale().value);
    assert.deepEqual(takeUntil(3, undefined).discarded, []);
  });
});
