import { GROUP_ROWS, type MatrixSource, packGroups } from "./packGroups.ts";
import { packQuantizedRows, readQuantizedRow } from "./quantizedRows.ts";
import type { MatrixPlace, WasmLayout } from "./wasmLayout.ts";
import type { WeightPrecision } from "./weightPrecision.ts";

/** What a module compiled from `assembly/decoder.ts` offers; places are byte offsets. */
export interface DecoderFunctions {
  addProducts(
    ...given: [
      weights: number,
      rows: number,
      columns: number,
      vectors: number,
      lanes: number,
      sums: number,
      stride: number,
    ]
  ): void;
  addQuantizedProducts(
    ...given: [
      weights: number,
      scales: number,
      rows: number,
      columns: number,
      vectors: number,
      vectorScales: number,
      lanes: number,
      sums: number,
      stride: number,
    ]
  ): void;
  quantizeVectors(
    ...given: [vectors: number, columns: number, lanes: number, most: number, out: number, scales: number]
  ): void;
  applyCells(...given: [gates: number, cells: number, hiddens: number, size: number, lanes: number]): void;
  applyGru(...given: [gates: number, previous: number, hiddens: number, size: number, lanes: number]): void;
  applyRnn(...given: [gates: number, hiddens: number, size: number, lanes: number]): void;
  logSoftmax(logits: number, size: number, lanes: number): void;
}

/** Bytes of one element. */
export const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** What a kernel computes in; the memory never grows. */
export interface WasmParts {
  readonly floats: Float32Array<ArrayBuffer>;
  readonly functions: DecoderFunctions;
  readonly layout: WasmLayout;
}

/** Where the vectors of B lanes lie, one after another, and where the sums of each lane begin; counted in float32. */
export interface LaneProducts {
  readonly vectors: number;
  readonly laneCount: number;
  readonly sums: number;
  /** From one lane's sums to the next. */
  readonly stride: number;
}

/** Rows of a matrix as they were trained. */
export interface MatrixPart extends Omit<MatrixSource, "groupColumns"> {
  readonly values: Float32Array;
}

/** The matrices of a kernel in its memory, as its weights are held. */
export interface WasmMatrices {
  /** Stores rows of a matrix, the first of them as row `row`, which is a multiple of eight. */
  store(place: MatrixPlace, row: number, part: MatrixPart): void;
  /** Writes a row into the memory, as float32 [columns]. */
  copyRow(place: MatrixPlace, row: number, to: number): void;
  /** Adds products with vectors to sums. */
  addProducts(place: MatrixPlace, products: LaneProducts): void;
}

/** Matrices of either kind. */
export function createWasmMatrices(precision: WeightPrecision, parts: WasmParts): WasmMatrices {
  return precision === "int8" ? new QuantizedMatrices(parts) : new FloatMatrices(parts);
}

class FloatMatrices implements WasmMatrices {
  readonly #parts: WasmParts;

  public constructor(parts: WasmParts) {
    this.#parts = parts;
  }

  public store({ values: at, columnCount }: MatrixPlace, row: number, { values, ...source }: MatrixPart): void {
    const out = this.#parts.floats.subarray(at + row * columnCount);
    packGroups(values, { ...source, groupColumns: columnCount }, out);
  }

  public copyRow({ values, columnCount }: MatrixPlace, row: number, to: number): void {
    const { floats } = this.#parts;
    const from = values + Math.floor(row / GROUP_ROWS) * GROUP_ROWS * columnCount + (row % GROUP_ROWS);
    for (let column = 0; column < columnCount; column++) {
      floats[to + column] = floats[from + column * GROUP_ROWS] as number;
    }
  }

  public addProducts({ values, rowCount, columnCount }: MatrixPlace, products: LaneProducts): void {
    const { vectors, laneCount, sums, stride } = products;
    this.#parts.functions.addProducts(
      values * FLOAT,
      rowCount,
      columnCount,
      vectors * FLOAT,
      laneCount,
      sums * FLOAT,
      stride,
    );
  }
}

/** Greatest integers of a vector's elements and of the weights, and of the sum of their products. */
const MOST_ELEMENT = 32_767;
const MOST_WEIGHT = 127;
const MOST_SUM = 2 ** 31 - 1;

class QuantizedMatrices implements WasmMatrices {
  readonly #parts: WasmParts;
  readonly #bytes: Int8Array<ArrayBuffer>;

  public constructor(parts: WasmParts) {
    this.#parts = parts;
    this.#bytes = new Int8Array(parts.floats.buffer);
  }

  public store({ values: at, scales, columnCount }: MatrixPlace, row: number, { values, ...source }: MatrixPart): void {
    packQuantizedRows(
      values,
      { ...source, groupColumns: columnCount },
      {
        out: this.#bytes.subarray(at * FLOAT + row * columnCount),
        scales: this.#parts.floats.subarray(scales + row),
      },
    );
  }

  public copyRow({ values, scales, columnCount }: MatrixPlace, row: number, to: number): void {
    const { floats } = this.#parts;
    const packed = this.#bytes.subarray(values * FLOAT);
    const scale = floats[scales + row] as number;
    readQuantizedRow({ packed, scale, row }, floats.subarray(to, to + columnCount));
  }

  public addProducts({ values, scales, rowCount, columnCount }: MatrixPlace, products: LaneProducts): void {
    const { functions, layout } = this.#parts;
    const vectors = layout.vectors * FLOAT;
    const vectorScales = layout.vectorScales * FLOAT;
    const most = Math.min(MOST_ELEMENT, Math.floor(MOST_SUM / (MOST_WEIGHT * columnCount)));
    const { laneCount, sums, stride } = products;
    functions.quantizeVectors(products.vectors * FLOAT, columnCount, laneCount, most, vectors, vectorScales);
    functions.addQuantizedProducts(
      values * FLOAT,
      scales * FLOAT,
      rowCount,
      columnCount,
      vectors,
      vectorScales,
      laneCount,
      sums * FLOAT,
      stride,
    );
  }
}
