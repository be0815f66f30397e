import assert from "node:assert/strict";
import { largestSingularValue } from "../../../../src/models/neural/largestSingularValue.ts";

function checkValue(rows: readonly (readonly number[])[], expected: number): void {
  const columnCount = rows[0]?.length ?? 0;
  const values = Float64Array.from(rows.flat());
  const matrix = { values, rowCount: rows.length, columnCount, stride: columnCount, firstColumn: 0 };
  const value = largestSingularValue(matrix);
  assert.ok(Math.abs(value - expected) < 1e-7, `${value}, not ${expected}`);
}

describe("The largest singular value", () => {
  it("is that of matrices worked out by hand", () => {
    checkValue([[-3]], 3);
    // AᵀA = [[25, 20], [20, 25]], whose eigenvalues are 45 and 5.
    checkValue(
      [
        [3, 0],
        [4, 5],
      ],
      Math.sqrt(45),
    );
    // A shear of 1: the golden ratio, where every eigenvalue is 1.
    checkValue(
      [
        [1, 1],
        [0, 1],
      ],
      (1 + Math.sqrt(5)) / 2,
    );
    checkValue([[1, 2, 2]], 3);
    checkValue([[2], [3], [6]], 7);
  });

  it("is the factor of an orthogonal matrix, where nothing is larger than anything else", () => {
    checkValue(
      [
        [0.9 * Math.cos(1), -0.9 * Math.sin(1)],
        [0.9 * Math.sin(1), 0.9 * Math.cos(1)],
      ],
      0.9,
    );
  });

  it("is 0 of nothing but zeros", () => {
    checkValue(
      [
        [0, 0],
        [0, 0],
      ],
      0,
    );
  });

  it("is that of the columns which are asked for", () => {
    const values = Float32Array.from([9, 3, 0, 9, 4, 5]);
    const value = largestSingularValue({ values, rowCount: 2, columnCount: 2, stride: 3, firstColumn: 1 });
    assert.ok(Math.abs(value - Math.sqrt(45)) < 1e-6);
  });
});
