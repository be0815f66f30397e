import { createRng } from "../../base/rng.ts";

/** A matrix, or columns of it: element (row, column) at `row * stride + firstColumn + column`. */
export interface MatrixColumns {
  readonly values: Float32Array | Float64Array;
  readonly rowCount: number;
  readonly columnCount: number;
  /** Columns of the whole matrix. */
  readonly stride: number;
  readonly firstColumn: number;
}

const MOST_ROUNDS = 1000;
/** Relative change of the value from round to round at which it has settled, where none is given. */
const SETTLED = 1e-9;

/**
 * ‖A‖₂ by power iteration on Aᵀ·A: v ← Aᵀ·A·v / ‖Aᵀ·A·v‖, σ = ‖A·v‖ (Golub and Van Loan, Matrix Computations, section 8.2.1). It never exceeds the true
 * value. Below 1, gradients through a simple network surely vanish; above 1 they may explode (Pascanu et al. 2013, section 2.1).
 */
export function largestSingularValue(
  matrix: MatrixColumns,
  { settled = SETTLED }: { readonly settled?: number } = {},
): number {
  const rng = createRng(1);
  let v = normalised(Float64Array.from({ length: matrix.columnCount }, () => rng.next() - 0.5));
  let value = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const image = times(matrix, v);
    const next = lengthOf(image);
    if (next === 0 || !Number.isFinite(next)) {
      return next;
    }
    const isSettled = Math.abs(next - value) <= settled * next;
    value = next;
    if (isSettled) {
      break;
    }
    v = normalised(timesTransposed(matrix, image));
  }
  return value;
}

function times({ values, rowCount, columnCount, stride, firstColumn }: MatrixColumns, v: Float64Array): Float64Array {
  const sums = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const from = row * stride + firstColumn;
    let sum = 0;
    for (let column = 0; column < columnCount; column++) {
      sum += (values[from + column] as number) * (v[column] as number);
    }
    sums[row] = sum;
  }
  return sums;
}

function timesTransposed(matrix: MatrixColumns, u: Float64Array): Float64Array {
  const { values, columnCount, stride, firstColumn } = matrix;
  const sums = new Float64Array(columnCount);
  u.forEach((factor, row) => {
    const from = row * stride + firstColumn;
    for (let column = 0; column < columnCount; column++) {
      sums[column] = (sums[column] as number) + factor * (values[from + column] as number);
    }
  });
  return sums;
}

function lengthOf(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
}

function normalised(v: Float64Array): Float64Array {
  const length = lengthOf(v);
  return v.map((value) => value / length);
}
