import { CELL_BLOCKS, type CellKind, type NetworkSpec } from "./networkSpec.ts";
import type { WeightPrecision } from "./weightPrecision.ts";

/** Where each part of a network lies in the memory of the WebAssembly kernel, counted in float32. */
export interface WasmLayout {
  /** H, filled up to a multiple of eight and so that the rows of all gates are one of 32. */
  readonly paddedHidden: number;
  /** V, filled up to a multiple of 32. */
  readonly paddedVocabulary: number;
  readonly layers: readonly WasmLayerLayout[];
  /** Embedding as softmax weights, [V, H]. */
  readonly softmax: MatrixPlace;
  /** [V] */
  readonly softmaxBias: number;
  /** Gates of tokens, [slots, GH]. */
  readonly slots: number;
  readonly slotCount: number;
  /** h before the step, [lanes, H]. */
  readonly previous: number;
  /** h after the step, [lanes, H]. */
  readonly hidden: number;
  /** c, [lanes, H]. */
  readonly cell: number;
  /** [lanes, GH] */
  readonly gates: number;
  /** [lanes, V] */
  readonly logits: number;
  /** int16 [lanes, H] and float32 [lanes], where weights have 8 bits: vectors and their scales. */
  readonly vectors: number;
  readonly vectorScales: number;
  /** Size of all. */
  readonly length: number;
}

/** A matrix for products: rows and columns as they were filled up. */
export interface MatrixPlace {
  /** float32 [rows / 8, columns, 8] or int8 [rows / 8, columns / 2, 8, 2] */
  readonly values: number;
  /** float32 [rows]; with weights in float32, nothing. */
  readonly scales: number;
  readonly rowCount: number;
  readonly columnCount: number;
}

export interface WasmLayerLayout {
  /** [KH, H] */
  readonly input: MatrixPlace;
  /** [KH, H] */
  readonly recurrent: MatrixPlace;
  /** [GH] */
  readonly bias: number;
}

/**
 * How the blocks of a cell lie in the memory. Its gates are G blocks of H; the products fill some of them. `input` and `recurrent`: for each block of the kernel,
 * the block of the gates that it adds to; these follow one another, so that a product is one pass. `bias`: the same for each block of the bias.
 */
export interface CellLayout {
  readonly gateBlocks: number;
  readonly input: readonly number[];
  readonly recurrent: readonly number[];
  readonly bias: readonly number[];
}

/** Of a GRU's candidate, what the input gives and what the state gives stay apart, for the reset gate is between them. */
export const CELL_LAYOUTS: Readonly<Record<CellKind, CellLayout>> = {
  lstm: { gateBlocks: 4, input: [0, 1, 2, 3], recurrent: [0, 1, 2, 3], bias: [0, 1, 2, 3] },
  gru: { gateBlocks: 4, input: [1, 2, 0], recurrent: [1, 2, 3], bias: [1, 2, 0, 3] },
  rnn: { gateBlocks: 1, input: [0], recurrent: [0], bias: [0] },
};

/** Lanes that are computed in one go; more are split. */
export const WASM_LANE_COUNT = 16;

/** What the gates of tokens may take: all 2,048 pieces of a 1×512 network twice. */
const SLOT_FLOATS = 8 << 20;

/** Every part begins at a cache line. */
const ALIGNMENT_FLOATS = 16;

/** Rows that one lane is computed for at once. */
const BLOCK_ROWS = 32;

/** Lays out the memory for a network. */
export function layOutWasm(spec: NetworkSpec, precision: WeightPrecision): WasmLayout {
  const { hiddenSize, vocabularySize, layerCount, cell } = spec;
  const { kernel } = CELL_BLOCKS[cell];
  const { gateBlocks } = CELL_LAYOUTS[cell];
  const H = roundUp(hiddenSize, kernel % 4 === 0 ? BLOCK_ROWS / 4 : BLOCK_ROWS);
  const V = roundUp(vocabularySize, BLOCK_ROWS);
  const slotCount = Math.max(1, Math.min(vocabularySize, Math.floor(SLOT_FLOATS / (gateBlocks * H))));
  let length = 0;
  const take = (size: number): number => {
    const at = length;
    length = roundUp(length + size, ALIGNMENT_FLOATS);
    return at;
  };
  const isQuantized = precision === "int8";
  const takeMatrix = (rowCount: number): MatrixPlace => ({
    values: take((rowCount * H) / (isQuantized ? 4 : 1)),
    scales: take(isQuantized ? rowCount : 0),
    rowCount,
    columnCount: H,
  });
  return {
    paddedHidden: H,
    paddedVocabulary: V,
    layers: Array.from({ length: layerCount }, () => ({
      input: takeMatrix(kernel * H),
      recurrent: takeMatrix(kernel * H),
      bias: take(gateBlocks * H),
    })),
    softmax: takeMatrix(V),
    softmaxBias: take(V),
    slots: take(slotCount * gateBlocks * H),
    slotCount,
    previous: take(WASM_LANE_COUNT * H),
    hidden: take(WASM_LANE_COUNT * H),
    cell: take(cell === "lstm" ? WASM_LANE_COUNT * H : 0),
    gates: take(WASM_LANE_COUNT * gateBlocks * H),
    logits: take(WASM_LANE_COUNT * V),
    vectors: take(isQuantized ? (WASM_LANE_COUNT * H) / 2 : 0),
    vectorScales: take(isQuantized ? WASM_LANE_COUNT : 0),
    length,
  };
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
