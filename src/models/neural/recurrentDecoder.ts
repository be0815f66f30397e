import type { BatchLanguageModel } from "../languageModel.ts";
import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import type { RecurrentKernel, RecurrentState } from "./recurrentKernel.ts";
import { createScalarKernel } from "./scalarKernel.ts";

/** A trained recurrent network as a language model, on plain typed arrays: needs no TensorFlow. */
export class RecurrentDecoder implements BatchLanguageModel<RecurrentState> {
  public readonly vocabularySize: number;
  readonly #kernel: RecurrentKernel;
  /** float64 [B, V], grown to the largest B seen. */
  #logits: Float64Array;

  public constructor(kernel: RecurrentKernel) {
    this.#kernel = kernel;
    this.vocabularySize = kernel.spec.vocabularySize;
    this.#logits = new Float64Array(this.vocabularySize);
  }

  /** The decoder of these weights on the plain JavaScript kernel. */
  public static fromWeights(spec: NetworkSpec, weights: WeightMap): RecurrentDecoder {
    return new RecurrentDecoder(createScalarKernel(spec, weights));
  }

  public initialState(): RecurrentState {
    const { layerCount: L, hiddenSize: H } = this.#kernel.spec;
    return { hidden: new Float32Array(L * H), cell: new Float32Array(L * H) };
  }

  public advance(state: RecurrentState, token: number): RecurrentState {
    return this.#kernel.step([state], [token])[0]!;
  }

  public advanceAll(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    return this.#kernel.step(states, tokens);
  }

  public logProbabilities(state: RecurrentState, out: Float32Array): void {
    this.logProbabilitiesAll([state], [out]);
  }

  public logProbabilitiesAll(states: readonly RecurrentState[], out: readonly Float32Array[]): void {
    const V = this.vocabularySize;
    if (this.#logits.length < states.length * V) {
      this.#logits = new Float64Array(states.length * V);
    }
    const logits = this.#logits.subarray(0, states.length * V); // [B, V]
    this.#kernel.logits(states, logits);
    for (const [lane, target] of out.entries()) {
      logSoftmax(logits.subarray(lane * V, (lane + 1) * V), target);
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
