import { matchedToken, NO_MATCH } from "../../tokens/matchIndex.ts";
import { checkedWeights, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import { MatchReader } from "./matchReader.ts";
import { blankState, type RecurrentKernel, type RecurrentState, requireMatches } from "./recurrentKernel.ts";
import { CELL_LAYOUTS, layOutWasm, type MatrixPlace, WASM_LANE_COUNT, type WasmLayout } from "./wasmLayout.ts";
import { createWasmMatrices, type DecoderFunctions, FLOAT, type WasmMatrices } from "./wasmMatrices.ts";
import type { WeightPrecision } from "./weightPrecision.ts";

const PAGE_BYTES = 65_536;

/** Half of what a module can address, so that an offset never reaches the sign bit. */
const MAX_MEMORY_BYTES = 2 ** 31 - PAGE_BYTES;

/** A logit whose share in the softmax is nothing, and which is far from the end of float32. */
const LOWEST_LOGIT = -1e30;

/** Whether a network has a place in the memory of one module. */
export function fitsWasm(spec: NetworkSpec, precision: WeightPrecision = "float32"): boolean {
  return layOutWasm(spec, precision).length * FLOAT <= MAX_MEMORY_BYTES;
}

/** A network's weights, and how a kernel is to hold them. */
export interface KernelWeights {
  /** All of `parameterShapes(spec)`; borrowed. */
  readonly weights: WeightMap;
  readonly precision: WeightPrecision;
}

/**
 * The kernel in WebAssembly SIMD. Results for a lane do not depend on the lanes beside it. Its memory holds copies of all
 * weights but for those that read matches, and goes with the kernel. With int8 weights the vectors that they are multiplied with are rounded to 16 bits.
 * @param module compiled from `assembly/decoder.ts`; shared by all kernels
 */
export function createWasmKernel(
  module: WebAssembly.Module,
  spec: NetworkSpec,
  { weights, precision }: KernelWeights,
): RecurrentKernel {
  return new WasmKernel(module, spec, { weights, precision });
}

class WasmKernel implements RecurrentKernel {
  public readonly spec: NetworkSpec;
  readonly #layout: WasmLayout;
  /** All of the memory, which never grows. */
  readonly #floats: Float32Array<ArrayBuffer>;
  readonly #functions: DecoderFunctions;
  readonly #matrices: WasmMatrices;
  /** G, and the block of the gates that the first of the state's products adds to. */
  readonly #gateBlocks: number;
  readonly #recurrentFrom: number;
  /** The token whose input gates (embedding · inputKernel + bias of layer 0) a slot holds, or −1. */
  readonly #tokenOfSlot: Int32Array;
  /** Null where matches are not read. */
  readonly #match: MatchReader | null;

  public constructor(module: WebAssembly.Module, spec: NetworkSpec, { weights, precision }: KernelWeights) {
    const parameter = checkedWeights(spec, weights);
    this.spec = spec;
    const layout = layOutWasm(spec, precision);
    const pageCount = Math.ceil((layout.length * FLOAT) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
    const floats = new Float32Array(memory.buffer);
    const instance = new WebAssembly.Instance(module, { env: { memory, "Math.log": Math.log } });
    const functions = instance.exports as unknown as DecoderFunctions;
    this.#layout = layout;
    this.#floats = floats;
    this.#functions = functions;
    this.#matrices = createWasmMatrices(precision, { floats, functions, layout });
    this.#gateBlocks = CELL_LAYOUTS[spec.cell].gateBlocks;
    this.#recurrentFrom = Math.min(...CELL_LAYOUTS[spec.cell].recurrent);
    this.#tokenOfSlot = new Int32Array(layout.slotCount).fill(-1);
    this.#match = spec.readsMatches === true ? new MatchReader(spec, parameter) : null;
    this.#copyWeights(parameter);
  }

  public step(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    if (states.length > WASM_LANE_COUNT) {
      return [
        ...this.step(states.slice(0, WASM_LANE_COUNT), tokens.slice(0, WASM_LANE_COUNT)),
        ...this.step(states.slice(WASM_LANE_COUNT), tokens.slice(WASM_LANE_COUNT)),
      ];
    }
    const { layers, paddedHidden: H, previous, hidden, cell, gates } = this.#layout;
    const B = states.length;
    const stride = this.#gateBlocks * H;
    const next = states.map(() => blankState(this.spec));
    const hasCell = this.spec.cell === "lstm";
    for (const [layer, { input, recurrent, bias }] of layers.entries()) {
      for (let lane = 0; lane < B; lane++) {
        const inputGates = layer === 0 ? this.#gatesOfToken(tokens[lane]!) : bias;
        this.#floats.copyWithin(gates + lane * stride, inputGates, inputGates + stride);
        this.#copyIn(states[lane]!.hidden, layer, previous + lane * H);
        if (hasCell) {
          this.#copyIn(states[lane]!.cell, layer, cell + lane * H);
        }
      }
      if (layer > 0) {
        this.#matrices.addProducts(input, { vectors: hidden, laneCount: B, sums: gates, stride });
      }
      const sums = gates + this.#recurrentFrom * H;
      this.#matrices.addProducts(recurrent, { vectors: previous, laneCount: B, sums, stride });
      this.#applyCells(B);
      for (let lane = 0; lane < B; lane++) {
        this.#copyOut(hidden + lane * H, next[lane]!.hidden, layer);
        if (hasCell) {
          this.#copyOut(cell + lane * H, next[lane]!.cell, layer);
        }
      }
    }
    return next;
  }

  public logProbabilities(
    states: readonly RecurrentState[],
    out: readonly Float32Array[],
    matches?: readonly number[],
  ): void {
    requireMatches(this.spec, matches);
    const most = WASM_LANE_COUNT;
    if (states.length > most) {
      this.logProbabilities(states.slice(0, most), out.slice(0, most), matches?.slice(0, most));
      this.logProbabilities(states.slice(most), out.slice(most), matches?.slice(most));
      return;
    }
    const { layerCount: L, vocabularySize } = this.spec;
    const { paddedHidden: H, paddedVocabulary: V, previous, softmax, softmaxBias, logits } = this.#layout;
    const B = states.length;
    for (let lane = 0; lane < B; lane++) {
      this.#copyIn(states[lane]!.hidden, L - 1, previous + lane * H);
      this.#addMatch(previous + lane * H, matches?.[lane] ?? NO_MATCH);
      this.#floats.copyWithin(logits + lane * V, softmaxBias, softmaxBias + V);
    }
    this.#matrices.addProducts(softmax, { vectors: previous, laneCount: B, sums: logits, stride: V });
    this.#functions.logSoftmax(logits * FLOAT, V, B);
    for (let lane = 0; lane < B; lane++) {
      out[lane]!.set(this.#floats.subarray(logits + lane * V, logits + lane * V + vocabularySize));
    }
  }

  /** Adds what a match suggests to what the softmax reads, at `at`. */
  #addMatch(at: number, code: number): void {
    const { softmax, hidden } = this.#layout;
    const weight = this.#match?.weight(this.#floats, at, code) ?? 0;
    if (weight === 0) {
      return;
    }
    this.#matrices.copyRow(softmax, matchedToken(code), hidden);
    for (let unit = 0; unit < this.spec.hiddenSize; unit++) {
      this.#floats[at + unit]! += weight * this.#floats[hidden + unit]!;
    }
  }

  #applyCells(laneCount: number): void {
    const { paddedHidden: H, previous, hidden, cell, gates } = this.#layout;
    switch (this.spec.cell) {
      case "lstm":
        this.#functions.applyCells(gates * FLOAT, cell * FLOAT, hidden * FLOAT, H, laneCount);
        break;
      case "gru":
        this.#functions.applyGru(gates * FLOAT, previous * FLOAT, hidden * FLOAT, H, laneCount);
        break;
      case "rnn":
        this.#functions.applyRnn(gates * FLOAT, hidden * FLOAT, H, laneCount);
        break;
    }
  }

  /** Where the input gates of a token lie; until the next call. */
  #gatesOfToken(token: number): number {
    const { paddedHidden: H, layers, slots, slotCount, softmax, hidden } = this.#layout;
    if (!(token >= 0 && token < this.spec.vocabularySize)) {
      throw new RangeError(`Expected \`token\` to be in [0, ${this.spec.vocabularySize}), got ${token}`);
    }
    const stride = this.#gateBlocks * H;
    const slot = token % slotCount;
    const at = slots + slot * stride;
    if (this.#tokenOfSlot[slot] === token) {
      return at;
    }
    this.#tokenOfSlot[slot] = token;
    this.#matrices.copyRow(softmax, token, hidden);
    const { input, bias } = layers[0]!;
    this.#floats.copyWithin(at, bias, bias + stride);
    this.#matrices.addProducts(input, { vectors: hidden, laneCount: 1, sums: at, stride });
    return at;
  }

  /** One layer's part of a state into the memory. */
  #copyIn(values: Float32Array, layer: number, to: number): void {
    const size = this.spec.hiddenSize;
    this.#floats.set(values.subarray(layer * size, (layer + 1) * size), to);
  }

  #copyOut(from: number, values: Float32Array, layer: number): void {
    const size = this.spec.hiddenSize;
    values.set(this.#floats.subarray(from, from + size), layer * size);
  }

  #copyWeights(parameter: (name: string) => Float32Array): void {
    const { layers, softmax, softmaxBias, paddedHidden, paddedVocabulary } = this.#layout;
    const { cell, vocabularySize, hiddenSize: size } = this.spec;
    const blocks = CELL_LAYOUTS[cell];
    for (const [layer, { input, recurrent, bias }] of layers.entries()) {
      this.#copyKernel(parameter(`${cell}/${layer}/inputKernel`), input, blocks.input);
      this.#copyKernel(parameter(`${cell}/${layer}/recurrentKernel`), recurrent, blocks.recurrent);
      const values = parameter(`${cell}/${layer}/bias`);
      for (const [block, to] of blocks.bias.entries()) {
        this.#floats.set(values.subarray(block * size, (block + 1) * size), bias + to * paddedHidden);
      }
    }
    this.#matrices.store(softmax, 0, {
      values: parameter("embedding"),
      from: 0,
      rowCount: vocabularySize,
      columnCount: size,
      rowStride: size,
      columnStride: 1,
    });
    this.#floats.fill(LOWEST_LOGIT, softmaxBias, softmaxBias + paddedVocabulary);
    this.#floats.set(parameter("softmax/bias"), softmaxBias);
  }

  /** The transpose of [H, KH], each block's rows filled up by themselves and in the order of the gates they add to. */
  #copyKernel(kernel: Float32Array, place: MatrixPlace, blocks: readonly number[]): void {
    const { paddedHidden } = this.#layout;
    const size = this.spec.hiddenSize;
    const first = Math.min(...blocks);
    for (const [block, gate] of blocks.entries()) {
      this.#matrices.store(place, (gate - first) * paddedHidden, {
        values: kernel,
        from: block * size,
        rowCount: size,
        columnCount: size,
        rowStride: 1,
        columnStride: blocks.length * size,
      });
    }
  }
}
