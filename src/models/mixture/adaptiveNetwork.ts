import type { BatchLanguageModel } from "../languageModel.ts";
import type { RecurrentState } from "../neural/recurrentKernel.ts";
import type { DynamicBias } from "./dynamicBias.ts";
import type { NeuralCache } from "./neuralCache.ts";

export interface AdaptiveNetworkOptions {
  readonly network: BatchLanguageModel<RecurrentState>;
  /** Null for a bias that stays. */
  readonly bias: DynamicBias | null;
  /** Null for none. */
  readonly cache: NeuralCache | null;
}

/** What the token that came was given; null for parts that there are not. */
export interface AdaptedProbabilities {
  readonly network: number;
  /** By the network with the moved bias. */
  readonly dynamic: number | null;
  /** By that, or by the network where its bias stays, with the cache. */
  readonly cached: number | null;
}

/** A network that learns from what it reads, without training: for a mixture it stands in place of the network. */
export class AdaptiveNetwork implements BatchLanguageModel<RecurrentState> {
  public readonly vocabularySize: number;
  readonly #options: AdaptiveNetworkOptions;
  readonly #scratch: Float32Array;
  /** Of `#evaluated`, by the network, with the bias, and with the cache. */
  readonly #plain: Float64Array;
  readonly #moved: Float64Array;
  readonly #mixed: Float64Array;
  #evaluated: RecurrentState | undefined;

  public constructor(options: AdaptiveNetworkOptions) {
    const { vocabularySize } = options.network;
    this.vocabularySize = vocabularySize;
    this.#options = options;
    this.#scratch = new Float32Array(vocabularySize);
    this.#plain = new Float64Array(vocabularySize);
    this.#moved = new Float64Array(vocabularySize);
    this.#mixed = new Float64Array(vocabularySize);
  }

  public initialState(before: readonly number[] = []): RecurrentState {
    return this.#options.network.initialState(before);
  }

  public advance(state: RecurrentState, token: number): RecurrentState {
    return this.#options.network.advance(state, token);
  }

  public advanceAll(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[] {
    return this.#options.network.advanceAll(states, tokens);
  }

  public logProbabilities(state: RecurrentState, out: Float32Array): void {
    this.logProbabilitiesAll([state], [out]);
  }

  public logProbabilitiesAll(states: readonly RecurrentState[], out: readonly Float32Array[]): void {
    const { network, bias, cache } = this.#options;
    network.logProbabilitiesAll(states, out);
    for (const [index, state] of states.entries()) {
      const logs = out[index] as Float32Array;
      for (let token = 0; token < logs.length; token++) {
        this.#plain[token] = Math.exp(logs[token] as number);
      }
      this.#moved.set(this.#plain);
      bias?.applyTo(this.#moved);
      this.#mixed.set(this.#moved);
      cache?.mixInto(this.#mixed, state);
      for (let token = 0; token < logs.length; token++) {
        logs[token] = Math.log(this.#mixed[token] as number);
      }
      this.#evaluated = state;
    }
  }

  /** What a token that came after a state was given; learns nothing. Cheap right after `logProbabilities` of the same state. */
  public assess(state: RecurrentState, token: number): AdaptedProbabilities {
    if (this.#evaluated !== state) {
      this.logProbabilities(state, this.#scratch);
    }
    const { bias, cache } = this.#options;
    return {
      network: this.#plain[token] as number,
      dynamic: bias === null ? null : (this.#moved[token] as number),
      cached: cache === null ? null : (this.#mixed[token] as number),
    };
  }

  /** Learns from a token that came after a state; what `assess` says. To be called once for each token that was read. */
  public observe(state: RecurrentState, token: number): AdaptedProbabilities {
    const assessed = this.assess(state, token);
    this.#options.cache?.learn(state, token, this.#mixed[token] as number);
    this.#options.bias?.learn(this.#moved, token);
    this.#evaluated = undefined;
    return assessed;
  }
}
