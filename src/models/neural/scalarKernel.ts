import { matchedToken, NO_MATCH } from "../../tokens/matchIndex.ts";
import { CELL_BLOCKS, checkedWeights, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import { PackedMatrix } from "./packedMatrix.ts";
import { MatchReader } from "./matchReader.ts";
import { blankState, type RecurrentKernel, type RecurrentState, requireMatches } from "./recurrentKernel.ts";
import { SCALAR_CELLS, type ScalarCell } from "./scalarCells.ts";

interface PackedLayer {
  /** [KH, H], with K the blocks of the kernels */
  readonly input: PackedMatrix;
  /** [KH, H] */
  readonly recurrent: PackedMatrix;
  /** float32 [KH], for what comes from the input */
  readonly inputBias: Float32Array;
  /** float32 [KH] or [0], for what comes from the state */
  readonly recurrentBias: Float32Array;
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
  readonly #cell: ScalarCell;
  /** Null where matches are not read. */
  readonly #match: MatchReader | null;
  /** KH */
  readonly #gateSize: number;
  /** float64 [KH] by token: embedding · inputKernel + bias of layer 0, filled when a token is first read. */
  readonly #tokenGates: (Float32Array | undefined)[];

  public constructor(spec: NetworkSpec, weights: WeightMap) {
    const { vocabularySize: V, hiddenSize: H, layerCount: L } = spec;
    const parameter = checkedWeights(spec, weights);
    this.spec = spec;
    this.#embedding = parameter("embedding");
    this.#cell = SCALAR_CELLS[spec.cell];
    const size = CELL_BLOCKS[spec.cell].kernel * H;
    this.#gateSize = size;
    this.#layers = Array.from({ length: L }, (_, layer) => {
      const bias = parameter(`${spec.cell}/${layer}/bias`);
      return {
        input: PackedMatrix.fromColumns(parameter(`${spec.cell}/${layer}/inputKernel`), size, H),
        recurrent: PackedMatrix.fromColumns(parameter(`${spec.cell}/${layer}/recurrentKernel`), size, H),
        inputBias: bias.subarray(0, size),
        // A GRU's candidate, the last block, has a second bias inside the reset gate.
        recurrentBias: bias.length > size ? padded(bias.subarray(size), size) : bias.subarray(size),
      };
    });
    this.#softmax = PackedMatrix.fromRows(this.#embedding, V, H);
    this.#softmaxBias = parameter("softmax/bias");
    this.#match = spec.readsMatches === true ? new MatchReader(spec, parameter) : null;
    this.#tokenGates = new Array<Float32Array | undefined>(V).fill(undefined);
  }

  public step(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    const { hiddenSize: H } = this.spec;
    const size = this.#gateSize;
    const B = states.length;
    const next = states.map(() => blankState(this.spec));
    const vectors = new Float64Array(B * H);
    const recurrentGates = new Float64Array(B * size);
    const inputGates = new Float64Array(B * size);
    for (const [layer, { input, recurrent, inputBias, recurrentBias }] of this.#layers.entries()) {
      if (layer === 0) {
        for (let lane = 0; lane < B; lane++) {
          inputGates.set(this.#gatesOfToken(tokens[lane]!), lane * size);
        }
      } else {
        gather(next, layer - 1, vectors);
        input.multiply(vectors, B, inputGates); // [B, KH]
        addToEachLane(inputGates, inputBias);
      }
      gather(states, layer, vectors);
      recurrent.multiply(vectors, B, recurrentGates); // [B, KH]
      if (recurrentBias.length > 0) {
        addToEachLane(recurrentGates, recurrentBias);
      }
      for (let lane = 0; lane < B; lane++) {
        this.#cell(
          {
            input: inputGates.subarray(lane * size, (lane + 1) * size),
            recurrent: recurrentGates.subarray(lane * size, (lane + 1) * size),
          },
          layerOf(states[lane]!, layer, H),
          layerOf(next[lane]!, layer, H),
        );
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
    const { hiddenSize: H, layerCount: L, vocabularySize: V } = this.spec;
    const vectors = new Float64Array(states.length * H);
    gather(states, L - 1, vectors);
    for (let lane = 0; lane < states.length; lane++) {
      this.#addMatch(vectors.subarray(lane * H, (lane + 1) * H), matches?.[lane] ?? NO_MATCH);
    }
    const logits = new Float64Array(states.length * V);
    this.#softmax.multiply(vectors, states.length, logits); // [B, V]
    addToEachLane(logits, this.#softmaxBias);
    for (const [lane, target] of out.entries()) {
      logSoftmax(logits.subarray(lane * V, (lane + 1) * V), target);
    }
  }

  /** Adds what a match suggests to what the softmax reads. */
  #addMatch(vector: Float64Array, code: number): void {
    const weight = this.#match?.weight(vector, 0, code) ?? 0;
    if (weight === 0) {
      return;
    }
    const from = matchedToken(code) * vector.length;
    for (let unit = 0; unit < vector.length; unit++) {
      vector[unit]! += weight * this.#embedding[from + unit]!;
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
    const { input, inputBias } = this.#layers[0]!;
    const sums = new Float64Array(this.#gateSize);
    input.multiply(Float64Array.from(this.#embedding.subarray(token * H, (token + 1) * H)), 1, sums);
    addToEachLane(sums, inputBias);
    const gates = Float32Array.from(sums);
    this.#tokenGates[token] = gates;
    return gates;
  }
}

/** The values at the end of `size` zeros. */
function padded(values: Float32Array, size: number): Float32Array {
  const result = new Float32Array(size);
  result.set(values, size - values.length);
  return result;
}

/** One layer's h and, where there is one, c, each [H], in the memory of the state of all layers. */
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
