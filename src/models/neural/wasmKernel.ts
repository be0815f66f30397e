import { checkedWeights, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import { GROUP_ROWS, packGroups } from "./packGroups.ts";
import type { RecurrentKernel, RecurrentState } from "./recurrentKernel.ts";
import { layOutWasm, WASM_LANE_COUNT, type WasmLayout } from "./wasmLayout.ts";

/** What a module compiled from `assembly/decoder.ts` offers; places are byte offsets. */
interface DecoderFunctions {
  addProducts(
    ...given: [weights: number, rows: number, columns: number, vectors: number, lanes: number, sums: number]
  ): void;
  applyCells(...given: [gates: number, cells: number, hiddens: number, size: number, lanes: number]): void;
  logSoftmax(logits: number, size: number, lanes: number): void;
}

/** Bytes of one element. */
const FLOAT = Float32Array.BYTES_PER_ELEMENT;

const PAGE_BYTES = 65_536;

/** Half of what a module can address, so that an offset never reaches the sign bit. */
const MAX_MEMORY_BYTES = 2 ** 31 - PAGE_BYTES;

/** A logit whose share in the softmax is nothing, and which is far from the end of float32. */
const LOWEST_LOGIT = -1e30;

/** Whether a network has a place in the memory of one module. */
export function fitsWasm(spec: NetworkSpec): boolean {
  return layOutWasm(spec).length * FLOAT <= MAX_MEMORY_BYTES;
}

/**
 * The kernel in WebAssembly SIMD, float32. Results for a lane do not depend on the lanes beside it. Its memory holds copies of all
 * weights and goes with the kernel.
 * @param module compiled from `assembly/decoder.ts`; shared by all kernels
 * @param weights all of `parameterShapes(spec)`; borrowed
 */
export function createWasmKernel(module: WebAssembly.Module, spec: NetworkSpec, weights: WeightMap): RecurrentKernel {
  return new WasmKernel(module, spec, weights);
}

class WasmKernel implements RecurrentKernel {
  public readonly spec: NetworkSpec;
  readonly #layout: WasmLayout;
  /** All of the memory, which never grows. */
  readonly #floats: Float32Array;
  readonly #functions: DecoderFunctions;
  /** The token whose input gates (embedding · inputKernel + bias of layer 0) a slot holds, or −1. */
  readonly #tokenOfSlot: Int32Array;

  public constructor(module: WebAssembly.Module, spec: NetworkSpec, weights: WeightMap) {
    const parameter = checkedWeights(spec, weights);
    this.spec = spec;
    this.#layout = layOutWasm(spec);
    const pageCount = Math.ceil((this.#layout.length * FLOAT) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
    this.#floats = new Float32Array(memory.buffer);
    const instance = new WebAssembly.Instance(module, { env: { memory, "Math.log": Math.log } });
    this.#functions = instance.exports as unknown as DecoderFunctions;
    this.#tokenOfSlot = new Int32Array(this.#layout.slotCount).fill(-1);
    this.#copyWeights(parameter);
  }

  public step(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    if (states.length > WASM_LANE_COUNT) {
      return [
        ...this.step(states.slice(0, WASM_LANE_COUNT), tokens.slice(0, WASM_LANE_COUNT)),
        ...this.step(states.slice(WASM_LANE_COUNT), tokens.slice(WASM_LANE_COUNT)),
      ];
    }
    const { hiddenSize, layerCount: L } = this.spec;
    const { layers, paddedHidden: H, previous, hidden, cell, gates } = this.#layout;
    const B = states.length;
    const next = states.map(() => ({
      hidden: new Float32Array(L * hiddenSize),
      cell: new Float32Array(L * hiddenSize),
    }));
    for (let layer = 0; layer < L; layer++) {
      for (let lane = 0; lane < B; lane++) {
        const inputGates = layer === 0 ? this.#gatesOfToken(tokens[lane]!) : layers[layer]!.bias;
        this.#floats.copyWithin(gates + lane * 4 * H, inputGates, inputGates + 4 * H);
        this.#copyIn(states[lane]!.hidden, layer, previous + lane * H);
        this.#copyIn(states[lane]!.cell, layer, cell + lane * H);
      }
      if (layer > 0) {
        this.#addProducts(layers[layer]!.input, hidden, B);
      }
      this.#addProducts(layers[layer]!.recurrent, previous, B);
      this.#functions.applyCells(gates * FLOAT, cell * FLOAT, hidden * FLOAT, H, B);
      for (let lane = 0; lane < B; lane++) {
        this.#copyOut(hidden + lane * H, next[lane]!.hidden, layer);
        this.#copyOut(cell + lane * H, next[lane]!.cell, layer);
      }
    }
    return next;
  }

  public logProbabilities(states: readonly RecurrentState[], out: readonly Float32Array[]): void {
    if (states.length > WASM_LANE_COUNT) {
      this.logProbabilities(states.slice(0, WASM_LANE_COUNT), out.slice(0, WASM_LANE_COUNT));
      this.logProbabilities(states.slice(WASM_LANE_COUNT), out.slice(WASM_LANE_COUNT));
      return;
    }
    const { layerCount: L, vocabularySize } = this.spec;
    const { paddedHidden: H, paddedVocabulary: V, previous, softmax, softmaxBias, logits } = this.#layout;
    const B = states.length;
    for (let lane = 0; lane < B; lane++) {
      this.#copyIn(states[lane]!.hidden, L - 1, previous + lane * H);
      this.#floats.copyWithin(logits + lane * V, softmaxBias, softmaxBias + V);
    }
    this.#functions.addProducts(softmax * FLOAT, V, H, previous * FLOAT, B, logits * FLOAT);
    this.#functions.logSoftmax(logits * FLOAT, V, B);
    for (let lane = 0; lane < B; lane++) {
      out[lane]!.set(this.#floats.subarray(logits + lane * V, logits + lane * V + vocabularySize));
    }
  }

  /** Gates += matrix [4H, H] · vectors, for B lanes. */
  #addProducts(matrix: number, vectors: number, laneCount: number): void {
    const { paddedHidden: H, gates } = this.#layout;
    this.#functions.addProducts(matrix * FLOAT, 4 * H, H, vectors * FLOAT, laneCount, gates * FLOAT);
  }

  /** Where the input gates of a token lie; until the next call. */
  #gatesOfToken(token: number): number {
    const { paddedHidden: H, layers, slots, slotCount, softmax, hidden } = this.#layout;
    if (!(token >= 0 && token < this.spec.vocabularySize)) {
      throw new RangeError(`Expected \`token\` to be in [0, ${this.spec.vocabularySize}), got ${token}`);
    }
    const slot = token % slotCount;
    const at = slots + slot * 4 * H;
    if (this.#tokenOfSlot[slot] === token) {
      return at;
    }
    this.#tokenOfSlot[slot] = token;
    const group = softmax + Math.floor(token / GROUP_ROWS) * GROUP_ROWS * H + (token % GROUP_ROWS);
    for (let n = 0; n < H; n++) {
      this.#floats[hidden + n] = this.#floats[group + n * GROUP_ROWS]!;
    }
    const { input, bias } = layers[0]!;
    this.#floats.copyWithin(at, bias, bias + 4 * H);
    this.#functions.addProducts(input * FLOAT, 4 * H, H, hidden * FLOAT, 1, at * FLOAT);
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
    const { vocabularySize, hiddenSize: size } = this.spec;
    for (const [layer, { input, recurrent, bias }] of layers.entries()) {
      this.#copyKernel(parameter(`lstm/${layer}/inputKernel`), input);
      this.#copyKernel(parameter(`lstm/${layer}/recurrentKernel`), recurrent);
      const values = parameter(`lstm/${layer}/bias`);
      for (let gate = 0; gate < 4; gate++) {
        this.#floats.set(values.subarray(gate * size, (gate + 1) * size), bias + gate * paddedHidden);
      }
    }
    packGroups(
      parameter("embedding"),
      {
        from: 0,
        rowCount: vocabularySize,
        columnCount: size,
        rowStride: size,
        columnStride: 1,
        groupColumns: paddedHidden,
      },
      this.#floats.subarray(softmax),
    );
    this.#floats.fill(LOWEST_LOGIT, softmaxBias, softmaxBias + paddedVocabulary);
    this.#floats.set(parameter("softmax/bias"), softmaxBias);
  }

  /** The transpose of [H, 4H], each gate's rows filled up by themselves. */
  #copyKernel(kernel: Float32Array, to: number): void {
    const { paddedHidden } = this.#layout;
    const size = this.spec.hiddenSize;
    for (let gate = 0; gate < 4; gate++) {
      packGroups(
        kernel,
        {
          from: gate * size,
          rowCount: size,
          columnCount: size,
          rowStride: 1,
          columnStride: 4 * size,
          groupColumns: paddedHidden,
        },
        this.#floats.subarray(to + gate * paddedHidden * paddedHidden),
      );
    }
  }
}
