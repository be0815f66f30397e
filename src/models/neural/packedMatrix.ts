/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */

import { GROUP_ROWS, packGroups } from "./packGroups.ts";

/**
 * A matrix laid out for products with few vectors: groups of eight rows, interleaved column by column, so that one pass
 * reads memory in order and uses each element of the vector eight times. Eight sums fit the registers of x64 and hide the latency of
 * their additions; they are kept in float64.
 *
 * Measured on an AMD EPYC at 2.4 GHz, Node 20, 2048×512 + 1024×512: 1.02 ms a vector against 1.78 ms for one row at a time with
 * four sums and 1.38 ms for four rows at a time; 1.60 ms for two vectors at once; four at once gain nothing more.
 */
export class PackedMatrix {
  public readonly rowCount: number;
  public readonly columnCount: number;
  /** float32 [⌈rows / 8⌉, columns, 8]; missing rows are zero. */
  readonly #values: Float32Array;

  private constructor(rowCount: number, columnCount: number, values: Float32Array) {
    this.rowCount = rowCount;
    this.columnCount = columnCount;
    this.#values = values;
  }

  /** Packs `matrix`, float32 [rows, columns] row-major; borrowed. */
  public static fromRows(matrix: Float32Array, rowCount: number, columnCount: number): PackedMatrix {
    return pack(matrix, { rowCount, columnCount, rowStride: columnCount, columnStride: 1 });
  }

  /** Packs the transpose of `matrix`, float32 [columns, rows] row-major; borrowed. */
  public static fromColumns(matrix: Float32Array, rowCount: number, columnCount: number): PackedMatrix {
    return pack(matrix, { rowCount, columnCount, rowStride: 1, columnStride: rowCount });
  }

  /** Takes over values that already have the packed layout. */
  public static ofPacked(rowCount: number, columnCount: number, values: Float32Array): PackedMatrix {
    return new PackedMatrix(rowCount, columnCount, values);
  }

  /**
   * The product with each of B vectors.
   * @param vectors float64 [B, columns] row-major; borrowed
   * @param out float64 [B, rows] row-major; overwritten
   */
  public multiply(vectors: Float64Array, laneCount: number, out: Float64Array): void {
    let lane = 0;
    for (; lane + 2 <= laneCount; lane += 2) {
      this.#multiplyTwo(vectors, lane, out);
    }
    if (lane < laneCount) {
      this.#multiplyOne(vectors, lane, out);
    }
  }

  #multiplyOne(vectors: Float64Array, lane: number, out: Float64Array): void {
    const { rowCount, columnCount } = this;
    const values = this.#values;
    const from = lane * columnCount;
    const to = from + columnCount;
    const sums = new Float64Array(GROUP_ROWS);
    for (let row = 0, p = 0; row < rowCount; row += GROUP_ROWS) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0; // prettier-ignore
      for (let k = from; k < to; k++, p += GROUP_ROWS) {
        const x = vectors[k]!;
        s0 += values[p]! * x;
        s1 += values[p + 1]! * x;
        s2 += values[p + 2]! * x;
        s3 += values[p + 3]! * x;
        s4 += values[p + 4]! * x;
        s5 += values[p + 5]! * x;
        s6 += values[p + 6]! * x;
        s7 += values[p + 7]! * x;
      }
      sums[0] = s0;
      sums[1] = s1;
      sums[2] = s2;
      sums[3] = s3;
      sums[4] = s4;
      sums[5] = s5;
      sums[6] = s6;
      sums[7] = s7;
      const rows = Math.min(GROUP_ROWS, rowCount - row);
      const at = lane * rowCount + row;
      for (let r = 0; r < rows; r++) {
        out[at + r] = sums[r]!;
      }
    }
  }

  #multiplyTwo(vectors: Float64Array, lane: number, out: Float64Array): void {
    const { rowCount, columnCount } = this;
    const values = this.#values;
    const from = lane * columnCount;
    const to = from + columnCount;
    const sums = new Float64Array(GROUP_ROWS);
    for (let row = 0; row < rowCount; row += GROUP_ROWS / 2) {
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0; // prettier-ignore
      const group = row - (row % GROUP_ROWS);
      let p = group * columnCount + (row - group);
      for (let k = from; k < to; k++, p += GROUP_ROWS) {
        const x = vectors[k]!;
        const y = vectors[k + columnCount]!;
        const w0 = values[p]!;
        const w1 = values[p + 1]!;
        const w2 = values[p + 2]!;
        const w3 = values[p + 3]!;
        a0 += w0 * x;
        a1 += w1 * x;
        a2 += w2 * x;
        a3 += w3 * x;
        b0 += w0 * y;
        b1 += w1 * y;
        b2 += w2 * y;
        b3 += w3 * y;
      }
      sums[0] = a0;
      sums[1] = a1;
      sums[2] = a2;
      sums[3] = a3;
      sums[4] = b0;
      sums[5] = b1;
      sums[6] = b2;
      sums[7] = b3;
      const rows = Math.min(GROUP_ROWS / 2, rowCount - row);
      const at = lane * rowCount + row;
      for (let r = 0; r < rows; r++) {
        out[at + r] = sums[r]!;
        out[at + rowCount + r] = sums[r + 4]!;
      }
    }
  }
}

interface PackedSource {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function pack(matrix: Float32Array, { rowCount, columnCount, rowStride, columnStride }: PackedSource): PackedMatrix {
  if (matrix.length !== rowCount * columnCount) {
    throw new RangeError(`Expected a matrix of ${rowCount * columnCount} elements, got ${matrix.length}`);
  }
  const values = new Float32Array(Math.ceil(rowCount / GROUP_ROWS) * columnCount * GROUP_ROWS);
  packGroups(matrix, { from: 0, rowCount, columnCount, rowStride, columnStride, groupColumns: columnCount }, values);
  return PackedMatrix.ofPacked(rowCount, columnCount, values);
}
