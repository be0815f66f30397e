import assert from "node:assert/strict";
import { median } from "../../../src/cli/median.ts";

describe("The median", () => {
  const checkMedian = (values: readonly number[], expected: number): void => {
    it(`of [${values.join(", ")}] is ${expected}`, () => {
      assert.equal(median(values), expected);
    });
  };
  checkMedian([3], 3);
  checkMedian([10, 2], 6);
  checkMedian([10, 9, 100], 10);
  checkMedian([], Number.NaN);
});
