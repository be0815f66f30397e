import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { scoreNeuralCache } from "../../../src/training/scoreNeuralCache.ts";
import { largestDifference, usePlainBackend } from "../../support/tinyNetwork.ts";

/** Equation 2 of Grave et al. (2017), word by word. */
function byHand(
  rows: Float32Array,
  targets: Int32Array,
  {
    size,
    sharpness,
    width,
    remembered = targets,
  }: { readonly size: number; readonly sharpness: number; readonly width: number; readonly remembered?: Int32Array },
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
      right += remembered[place] === target ? weight : 0;
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
    const { own, ranked } = await scoreNeuralCache(call);
    assert.equal(ranked, null);
    assert.ok(largestDifference(own, byHand(rows, targets, { size, sharpness, width })) < 1e-5);
    assert.equal(own[0], 0);
  });

  it("names the likeliest tokens of each place, what they have among all that is remembered, and none before anything was", async () => {
    const rng = createRng(2);
    const [count, width, size, sharpness, rankedCount] = [300, 4, 70, 0.8, 3];
    const rows = Float32Array.from({ length: count * width }, () => 2 * rng.next() - 1);
    const targets = Int32Array.from({ length: count }, () => rng.nextInt(5));
    const waiting = { signal: new AbortController().signal, pause: () => Promise.resolve() };
    const { ranked } = await scoreNeuralCache({ rows, targets, size, sharpness, rankedCount, ...waiting });
    const all = [0, 1, 2, 3, 4].map((token) =>
      byHand(
        rows,
        targets.map(() => token),
        { size, sharpness, width, remembered: targets },
      ),
    );
    for (const place of [0, 1, 69, 257, 299]) {
      const expected = all
        .map((each, token) => ({ token, probability: each[place] as number }))
        .sort((a, b) => b.probability - a.probability);
      const sums = new Float64Array(5);
      ranked?.addOver(place, 1, sums);
      assert.ok(Math.abs((ranked?.floor(place) ?? NaN) - (expected[2]?.probability ?? NaN)) < 1e-5, `at ${place}`);
      for (const { token, probability } of expected.slice(0, 2)) {
        assert.ok(
          Math.abs((sums[token] as number) + (ranked?.floor(place) ?? NaN) - probability) < 1e-5,
          `at ${place}`,
        );
      }
    }
  });
});
