import * as tf from "@tensorflow/tfjs-core";
import type { BatchLanguageModel } from "../../languageModel.ts";
import type { CarriedState, ModelWindow, TrainableModel } from "../trainableModel.ts";
import { disposeCarried } from "../trainableModel.ts";
import { createTokenWindow } from "../tokenWindow.ts";

/** A text as far as it was read, as plain arrays: nothing of it has to be disposed. */
export interface FamilyState {
  readonly carried: ReadonlyMap<string, { readonly values: Float32Array; readonly shape: readonly number[] }>;
  /** float32 [V], natural-log probabilities of the next token; uniform before anything was read */
  readonly logProbabilities: Float32Array;
}

/** Any trainable model as a pure step, one token at a time: for sampling, beams and mixtures. Slow beside a decoder of its own. */
export class FamilyLanguageModel implements BatchLanguageModel<FamilyState> {
  readonly #model: TrainableModel;

  /** @param model borrowed */
  public constructor(model: TrainableModel) {
    this.#model = model;
  }

  public get vocabularySize(): number {
    return this.#model.vocabularySize;
  }

  public initialState(): FamilyState {
    const carried = this.#model.initialState(1);
    const state = { carried: readCarried(carried), logProbabilities: new Float32Array(this.vocabularySize) };
    disposeCarried(carried);
    return { ...state, logProbabilities: state.logProbabilities.fill(-Math.log(this.vocabularySize)) };
  }

  public advance(state: FamilyState, token: number): FamilyState {
    return this.advanceThrough(state, [token]);
  }

  /**
   * The state after reading several tokens, as one window: quicker than one after the other, and the same.
   * @param tokens [T], each in [0, V), one at least; borrowed
   */
  public advanceThrough(state: FamilyState, tokens: ArrayLike<number>): FamilyState {
    const windowTokens = tokens.length;
    const before: CarriedState = new Map(
      [...state.carried].map(([name, { values, shape }]) => [name, tf.tensor(values, [...shape], "float32")] as const),
    );
    let next: CarriedState = new Map();
    const logProbabilities = tf.tidy(() => {
      const scores = this.#model.windowScores(windowOf(tokens), before);
      next = scores.state;
      return tf.logSoftmax(tf.slice2d(scores.logits, [windowTokens - 1, 0], [1, -1])); // [1, V]
    });
    const read = { carried: readCarried(next), logProbabilities: Float32Array.from(logProbabilities.dataSync()) };
    disposeCarried(before);
    disposeCarried(next);
    logProbabilities.dispose();
    return read;
  }

  public logProbabilities(state: FamilyState, out: Float32Array): void {
    out.set(state.logProbabilities);
  }

  /** One after the other, for no less than each by itself. */
  public advanceAll(states: readonly FamilyState[], tokens: readonly number[]): readonly FamilyState[] {
    return states.map((state, index) => this.advance(state, tokens[index] as number));
  }

  public logProbabilitiesAll(states: readonly FamilyState[], out: readonly Float32Array[]): void {
    states.forEach((state, index) => out[index]?.set(state.logProbabilities));
  }
}

/** One lane, in which nothing is cleared and no target counts. */
function windowOf(tokens: ArrayLike<number>): ModelWindow {
  const windowTokens = tokens.length;
  return {
    input: {
      tokens: createTokenWindow(Int32Array.from(tokens)),
      window: {
        ...{ windowTokens, laneCount: 1, keep: tf.ones([windowTokens, 1]) },
        hasResets: Array.from(tokens, () => false),
      },
    },
    targets: tf.zeros([windowTokens], "int32"),
    weights: tf.zeros([windowTokens]),
  };
}

function readCarried(carried: CarriedState): FamilyState["carried"] {
  return new Map(
    [...carried].map(([name, tensor]) => [name, { values: Float32Array.from(tensor.dataSync()), shape: tensor.shape }]),
  );
}
