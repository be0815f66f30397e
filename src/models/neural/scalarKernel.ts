import { checkedWeights, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import { PackedMatrix } from "./packedMatrix.ts";
import type { RecurrentKernel, RecurrentState } from "./recurrentKernel.ts";

interface PackedLayer {
  /** [4H, H] */
  readonly input: PackedMatrix;
  /** [4H, H] */
  readonly recurrent: PackedMatrix;
  /** float32 [4H] */
  readonly bias: Float32Array;
}

/**
 * The kernel in plain JavaScript: runs wherever JavaScript does, and is the oracle for faster ones.
 * @param weights all of `parameterShapes(spec)`; read at once and, for the embedding, kept
 */
export function createScalarKernel(spec: NetworkSpec, weights: WeightMap): RecurrentKernel {
  return new ScalarKernel(spec, weights);
}

class ScalarKernel implements RecurrentKernel {
  public readonly spec: NetworkSpec;
  /** float32 [V, H] */
  readonly #embedding: Float32Array;
  readonly #layers: readonly PackedLayer[];
  /** [V, H] */
  readonly #softmax: PackedMatrix;
  readonly #softmaxBias: Float32Array;
  /** float64 [4H] by token: embedding · inputKernel + bias of layer 0, filled when a token is first read. */
  readonly #tokenGates: (Float32Array | undefined)[];

  public constructor(spec: NetworkSpec, weights: WeightMap) {
    const { vocabularySize: V, hiddenSize: H, layerCount: L } = spec;
    const parameter = checkedWeights(spec, weights);
    this.spec = spec;
    this.#embedding = parameter("embedding");
    this.#layers = Array.from({ length: L }, (_, layer) => ({
      input: PackedMatrix.fromColumns(parameter(`lstm/${layer}/inputKernel`), 4 * H, H),
      recurrent: PackedMatrix.fromColumns(parameter(`lstm/${layer}/recurrentKernel`), 4 * H, H),
      bias: parameter(`lstm/${layer}/bias`),
    }));
    this.#softmax = PackedMatrix.fromRows(this.#embedding, V, H);
    this.#softmaxBias = parameter("softmax/bias");
    this.#tokenGates = new Array<Float32Array | undefined>(V).fill(undefined);
  }

  public step(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    const { hiddenSize: H, layerCount: L } = this.spec;
    const B = states.length;
    const next = states.map(() => ({ hidden: new Float32Array(L * H), cell: new Float32Array(L * H) }));
    const vectors = new Float64Array(B * H);
    const gates = new Float64Array(B * 4 * H);
    const inputGates = new Float64Array(B * 4 * H);
    for (const [layer, { input, recurrent, bias }] of this.#layers.entries()) {
      if (layer === 0) {
        for (let lane = 0; lane < B; lane++) {
          inputGates.set(this.#gatesOfToken(tokens[lane]!), lane * 4 * H);
        }
      } else {
        gather(next, layer - 1, vectors);
        input.multiply(vectors, B, inputGates); // [B, 4H]
        addToEachLane(inputGates, bias);
      }
      gather(states, layer, vectors);
      recurrent.multiply(vectors, B, gates); // [B, 4H]
      for (let n = 0; n < gates.length; n++) {
        gates[n]! += inputGates[n]!;
      }
      for (let lane = 0; lane < B; lane++) {
        applyCell(
          gates.subarray(lane * 4 * H, (lane + 1) * 4 * H),
          layerOf(states[lane]!, layer, H),
          layerOf(next[lane]!, layer, H),
        );
      }
    }
    return next;
  }

  public logProbabilities(states: readonly RecurrentState[], out: readonly Float32Array[]): void {
    const { hiddenSize: H, layerCount: L, vocabularySize: V } = this.spec;
    const vectors = new Float64Array(states.length * H);
    gather(states, L - 1, vectors);
    const logits = new Float64Array(states.length * V);
    this.#softmax.multiply(vectors, states.length, logits); // [B, V]
    addToEachLane(logits, this.#softmaxBias);
    for (const [lane, target] of out.entries()) {
      logSoftmax(logits.subarray(lane * V, (lane + 1) * V), target);
    }
  }

  #gatesOfToken(token: number): Float32Array {
    const known = this.#tokenGates[token];
    if (known !== undefined) {
      return known;
    }
    const { hiddenSize: H, vocabularySize: V } = this.spec;
    if (!(token >= 0 && token < V)) {
      throw new RangeError(`Expected \`token\` to be in [0, ${V}), got ${token}`);
    }
    const { input, bias } = this.#layers[0]!;
    const sums = new Float64Array(4 * H);
    input.multiply(Float64Array.from(this.#embedding.subarray(token * H, (token + 1) * H)), 1, sums);
    addToEachLane(sums, bias);
    const gates = Float32Array.from(sums);
    this.#tokenGates[token] = gates;
    return gates;
  }
}

/** c = σ(f)·c₋₁ + σ(i)·tanh(g), h = σ(o)·tanh(c) with gates [4H] in the order i, g, f, o. */
function applyCell(gates: Float64Array, previous: RecurrentState, next: RecurrentState): void {
  const H = next.cell.length;
  for (let n = 0; n < H; n++) {
    const cell = sigmoid(gates[2 * H + n]!) * previous.cell[n]! + sigmoid(gates[n]!) * Math.tanh(gates[H + n]!);
    next.cell[n] = cell;
    next.hidden[n] = sigmoid(gates[3 * H + n]!) * Math.tanh(cell);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** One layer's h and c, each [H], in the memory of the state of all layers. */
function layerOf({ hidden, cell }: RecurrentState, layer: number, H: number): RecurrentState {
  const from = layer * H;
  return { hidden: hidden.subarray(from, from + H), cell: cell.subarray(from, from + H) };
}

/** Copies one layer's h of every lane into float64 [B, H]. */
function gather(states: readonly RecurrentState[], layer: number, out: Float64Array): void {
  const H = out.length / states.length;
  for (const [lane, { hidden }] of states.entries()) {
    out.set(hidden.subarray(layer * H, (layer + 1) * H), lane * H);
  }
}

function addToEachLane(lanes: Float64Array, bias: Float32Array): void {
  for (let from = 0; from < lanes.length; from += bias.length) {
    for (let n = 0; n < bias.length; n++) {
      lanes[from + n]! += bias[n]!;
    }
  }
}

/** log softmax(x)_v = x_v − max x − log Σ exp(x − max x), summed in float64. */
function logSoftmax(logits: Float64Array, out: Float32Array): void {
  let greatest = -Infinity;
  for (let v = 0; v < logits.length; v++) {
    greatest = Math.max(greatest, logits[v]!);
  }
  let sum = 0;
  for (let v = 0; v < logits.length; v++) {
    sum += Math.exp(logits[v]! - greatest);
  }
  const logSum = greatest + Math.log(sum);
  for (let v = 0; v < logits.length; v++) {
    out[v] = logits[v]! - logSum;
  }
}
