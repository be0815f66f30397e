import type { BatchLanguageModel } from "../languageModel.ts";
import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import { blankState, type RecurrentKernel, type RecurrentState } from "./recurrentKernel.ts";
import { createScalarKernel } from "./scalarKernel.ts";

/** A trained recurrent network as a language model, on plain typed arrays: needs no TensorFlow. */
export class RecurrentDecoder implements BatchLanguageModel<RecurrentState> {
  public readonly vocabularySize: number;
  readonly #kernel: RecurrentKernel;

  public constructor(kernel: RecurrentKernel) {
    this.#kernel = kernel;
    this.vocabularySize = kernel.spec.vocabularySize;
  }

  /** The decoder of these weights on the plain JavaScript kernel. */
  public static fromWeights(spec: NetworkSpec, weights: WeightMap): RecurrentDecoder {
    return new RecurrentDecoder(createScalarKernel(spec, weights));
  }

  public initialState(): RecurrentState {
    return blankState(this.#kernel.spec);
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
    this.#kernel.logProbabilities(states, out);
  }
}
