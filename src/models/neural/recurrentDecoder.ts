import { advanceMatch, blankMatch, type TextMatch } from "../../tokens/textMatch.ts";
import { START_ID } from "../../tokens/vocabulary.ts";
import type { BatchLanguageModel } from "../languageModel.ts";
import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import { blankState, type RecurrentKernel, type RecurrentState } from "./recurrentKernel.ts";
import { createScalarKernel } from "./scalarKernel.ts";

interface AdvanceCall {
  readonly states: readonly RecurrentState[];
  readonly tokens: readonly number[];
  /** As in `advanceMatch`. */
  readonly isBranch: boolean;
}

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

  public initialState(before: readonly number[] = []): RecurrentState {
    const state = blankState(this.#kernel.spec);
    return this.#kernel.spec.readsMatches === true ? { ...state, match: blankMatch(before) } : state;
  }

  public advance(state: RecurrentState, token: number): RecurrentState {
    return this.#advance({ states: [state], tokens: [token], isBranch: false })[0]!;
  }

  public advanceAll(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    return this.#advance({ states, tokens, isBranch: true });
  }

  #advance({ states, tokens, isBranch }: AdvanceCall): readonly RecurrentState[] {
    if (this.#kernel.spec.readsMatches !== true) {
      return this.#kernel.step(states, tokens);
    }
    const options = { startId: START_ID, isBranch };
    const before = states.map(matchOf);
    return this.#kernel
      .step(states, tokens)
      .map((state, lane) => ({ ...state, match: advanceMatch(before[lane]!, tokens[lane]!, options) }));
  }

  public logProbabilities(state: RecurrentState, out: Float32Array): void {
    this.logProbabilitiesAll([state], [out]);
  }

  public logProbabilitiesAll(states: readonly RecurrentState[], out: readonly Float32Array[]): void {
    const isRead = this.#kernel.spec.readsMatches === true;
    const matches = isRead ? states.map((state) => matchOf(state).code) : undefined;
    this.#kernel.logProbabilities(states, out, matches);
  }
}

/** Throws for a state that is none of a decoder which reads matches: it would be as if there never were any. */
function matchOf({ match }: RecurrentState): TextMatch {
  if (match === undefined) {
    throw new RangeError("Expected a state of a decoder that reads matches, got a state without matches");
  }
  return match;
}
