import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { scoreNeuralCache } from "../../../src/training/scoreNeuralCache.ts";
import { largestDifference, usePlainBackend } from "../../support/tinyNetwork.ts";

/** Equation 2 of Grave et al. (2017), word by word. */
function byHand(
  rows: Float32Array,
  targets: Int32Array,
  { size, sharpness, width }: { readonly size: number; readonly sharpness: number; readonly width: number },
): number[] {
  return Array.from(targets, (target, here) => {
    let [right, all] = [0, 0];
    for (let place = Math.max(0, here - size); place < here; place++) {
      let likeness = 0;
      for (let unit = 0; unit < width; unit++) {
        likeness += (rows[here * width + unit] as number) * (rows[place * width + unit] as number);
      }
      const weight = Math.exp(sharpness * likeness);
      all += weight;
      right += targets[place] === target ? weight : 0;
    }
    return all === 0 ? 0 : right / all;
  });
}

describe("A cache over hidden states", () => {
  before(usePlainBackend);

  it("gives what its equation gives, over blocks of places and beyond what it remembers", async () => {
    const rng = createRng(1);
    const [count, width, size, sharpness] = [600, 4, 70, 0.8];
    const rows = Float32Array.from({ length: count * width }, () => 2 * rng.next() - 1);
    const targets = Int32Array.from({ length: count }, () => rng.nextInt(5));
    const call = {
      rows,
      targets,
      size,
      sharpness,
      signal: new AbortController().signal,
      pause: () => Promise.resolve(),
    };
    const own = await scoreNeuralCache(call);
    assert.ok(largestDifference(own, byHand(rows, targets, { size, sharpness, width })) < 1e-5);
    assert.equal(own[0], 0);
  });
});
