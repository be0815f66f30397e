import type { NetworkSpec } from "./networkSpec.ts";

/** Where each part of a network lies in the memory of the WebAssembly kernel, counted in float32. */
export interface WasmLayout {
  /** H, filled up to a multiple of eight. */
  readonly paddedHidden: number;
  /** V, filled up to a multiple of 32. */
  readonly paddedVocabulary: number;
  readonly layers: readonly WasmLayerLayout[];
  /** Embedding as softmax weights, [V / 8, H, 8]. */
  readonly softmax: number;
  /** [V] */
  readonly softmaxBias: number;
  /** Gates of tokens, [slots, 4H]. */
  readonly slots: number;
  readonly slotCount: number;
  /** h before the step, [lanes, H]. */
  readonly previous: number;
  /** h after the step, [lanes, H]. */
  readonly hidden: number;
  /** c, [lanes, H]. */
  readonly cell: number;
  /** [lanes, 4H] */
  readonly gates: number;
  /** [lanes, V] */
  readonly logits: number;
  /** Size of all. */
  readonly length: number;
}

export interface WasmLayerLayout {
  /** [4H / 8, H, 8] */
  readonly input: number;
  /** [4H / 8, H, 8] */
  readonly recurrent: number;
  /** [4H] */
  readonly bias: number;
}

/** Lanes that are computed in one go; more are split. */
export const WASM_LANE_COUNT = 16;

/** What the gates of tokens may take: all 2,048 pieces of a 1×512 network twice. */
const SLOT_FLOATS = 8 << 20;

/** Every part begins at a cache line. */
const ALIGNMENT_FLOATS = 16;

/** Lays out the memory for a network. */
export function layOutWasm({ hiddenSize, vocabularySize, layerCount }: NetworkSpec): WasmLayout {
  const H = roundUp(hiddenSize, 8);
  const V = roundUp(vocabularySize, 32);
  const slotCount = Math.max(1, Math.min(vocabularySize, Math.floor(SLOT_FLOATS / (4 * H))));
  let length = 0;
  const take = (size: number): number => {
    const at = length;
    length = roundUp(length + size, ALIGNMENT_FLOATS);
    return at;
  };
  return {
    paddedHidden: H,
    paddedVocabulary: V,
    layers: Array.from({ length: layerCount }, () => ({
      input: take(4 * H * H),
      recurrent: take(4 * H * H),
      bias: take(4 * H),
    })),
    softmax: take(V * H),
    softmaxBias: take(V),
    slots: take(slotCount * 4 * H),
    slotCount,
    previous: take(WASM_LANE_COUNT * H),
    hidden: take(WASM_LANE_COUNT * H),
    cell: take(WASM_LANE_COUNT * H),
    gates: take(WASM_LANE_COUNT * 4 * H),
    logits: take(WASM_LANE_COUNT * V),
    length,
  };
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
