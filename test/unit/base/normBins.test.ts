import assert from "node:assert/strict";
import { addNormCounts, binOfNorm, isNormCounts, normOfBin } from "../../../src/base/normBins.ts";

describe("Bins of norms", () => {
  it("tell a norm within 2.2 %", () => {
    for (const norm of [1e-6, 0.3, 0.999, 1, 1.01, 7, 1e5]) {
      assert.ok(Math.abs(normOfBin(binOfNorm(norm)) / norm - 1) < 0.0221, `${norm}`);
    }
  });

  it("are added up", () => {
    const sum = addNormCounts([[0, 2], [3, 1]], [[-4, 5], [3, 7]]); // prettier-ignore
    assert.deepEqual(sum, [[-4, 5], [0, 2], [3, 8]]); // prettier-ignore
    assert.deepEqual(addNormCounts([], []), []);
  });

  it("are told from what is none", () => {
    assert.ok(isNormCounts([]) && isNormCounts([[-3, 2]]));
    assert.ok([null, {}, [1], [[1]], [[1, 2, 3]], [[1, 0.5]], [["1", 2]]].every((value) => !isNormCounts(value)));
  });
});
