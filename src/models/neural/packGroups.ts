/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */

/** Rows that lie interleaved, column by column: a group. */
export const GROUP_ROWS = 8;

/** A matrix inside a row-major array. */
export interface MatrixSource {
  /** Index of its first element. */
  readonly from: number;
  readonly rowCount: number;
  readonly columnCount: number;
  readonly rowStride: number;
  readonly columnStride: number;
  /** Columns that a group has room for, at least `columnCount`. */
  readonly groupColumns: number;
}

/**
 * Lays a matrix out for products with few vectors: groups of eight rows, interleaved column by column, so that one pass reads memory
 * in order and uses each element of the vector eight times.
 * @param out float32 [⌈rows / 8⌉, groupColumns, 8]; what the matrix does not reach is left as it is
 */
export function packGroups(values: Float32Array, source: MatrixSource, out: Float32Array): void {
  const { from, rowCount, columnCount, rowStride, columnStride, groupColumns } = source;
  for (let row = 0; row < rowCount; row++) {
    let to = Math.floor(row / GROUP_ROWS) * groupColumns * GROUP_ROWS + (row % GROUP_ROWS);
    let at = from + row * rowStride;
    for (let column = 0; column < columnCount; column++, to += GROUP_ROWS, at += columnStride) {
      out[to] = values[at]!;
    }
  }
}
