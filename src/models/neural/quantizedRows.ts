/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */
import { CELL_BLOCKS, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import { GROUP_ROWS, type MatrixSource } from "./packGroups.ts";

/** Greatest of the integers that stand for weights; −128 stays unused, so that both signs have the same steps. */
const MOST = 127;

/**
 * Lays a matrix out in 8 bits for products with few vectors: groups of eight rows, two columns of each row side by side. Each row is divided by a
 * scale of its own, its greatest absolute value / 127, and rounded; a row with what is no number has a scale that is none.
 * @param out int8 [⌈rows / 8⌉, groupColumns / 2, 8, 2]; what the matrix does not reach is left as it is
 * @param scales float32 [rows]; overwritten
 */
export function packQuantizedRows(
  values: Float32Array,
  source: MatrixSource,
  { out, scales }: { readonly out: Int8Array; readonly scales: Float32Array },
): void {
  const { from, rowCount, columnCount, rowStride, columnStride, groupColumns } = source;
  for (let row = 0; row < rowCount; row++) {
    const start = from + row * rowStride;
    const scale = rowScale(values, { start, columnCount, columnStride });
    scales[row] = scale;
    const to = Math.floor(row / GROUP_ROWS) * groupColumns * GROUP_ROWS + (row % GROUP_ROWS) * 2;
    for (let column = 0; column < columnCount; column++) {
      const place = to + (column >> 1) * GROUP_ROWS * 2 + (column & 1);
      out[place] = quantized(values[start + column * columnStride]!, scale);
    }
  }
}

/** One row of what `packQuantizedRows` made, as float32 [columns] into `out`. */
export function readQuantizedRow(
  { packed, scale, row }: { readonly packed: Int8Array; readonly scale: number; readonly row: number },
  out: Float32Array,
): void {
  const from = Math.floor(row / GROUP_ROWS) * out.length * GROUP_ROWS + (row % GROUP_ROWS) * 2;
  for (let column = 0; column < out.length; column++) {
    out[column] = packed[from + (column >> 1) * GROUP_ROWS * 2 + (column & 1)]! * scale;
  }
}

/** Weights as 8 bits leave them, in float32: what a kernel with int8 weights computes with. Biases stay as they are, and what reads matches. */
export function quantizedWeights(spec: NetworkSpec, weights: WeightMap): WeightMap {
  const { hiddenSize: H, vocabularySize: V } = spec;
  const size = CELL_BLOCKS[spec.cell].kernel * H;
  return new Map(
    Array.from(weights, ([name, values]) => {
      if (name === "embedding") {
        return [name, rounded(values, { rowCount: V, rowStride: H, columnCount: H, columnStride: 1 })];
      }
      return name.endsWith("Kernel")
        ? [name, rounded(values, { rowCount: size, rowStride: 1, columnCount: H, columnStride: size })]
        : [name, values];
    }),
  );
}

function rounded(
  values: Float32Array,
  { rowCount, rowStride, columnCount, columnStride }: Omit<MatrixSource, "from" | "groupColumns">,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rowCount; row++) {
    const start = row * rowStride;
    const scale = rowScale(values, { start, columnCount, columnStride });
    for (let column = 0; column < columnCount; column++) {
      const at = start + column * columnStride;
      out[at] = quantized(values[at]!, scale) * scale;
    }
  }
  return out;
}

interface RowPlace {
  readonly start: number;
  readonly columnCount: number;
  readonly columnStride: number;
}

function rowScale(values: Float32Array, { start, columnCount, columnStride }: RowPlace): number {
  let greatest = 0;
  for (let column = 0, at = start; column < columnCount; column++, at += columnStride) {
    greatest = Math.max(greatest, Math.abs(values[at]!));
  }
  return Math.fround(greatest / MOST);
}

function quantized(value: number, scale: number): number {
  return scale > 0 ? Math.max(-MOST, Math.min(MOST, Math.round(value / scale))) : 0;
}
