import type { RecurrentState } from "../neural/recurrentKernel.ts";

export interface NeuralCacheOptions {
  /** V */
  readonly vocabularySize: number;
  /** H, of the top layer, whose states are kept. */
  readonly hiddenSize: number;
  /** Places that are remembered; the oldest goes first. */
  readonly size?: number;
  /** θ: how much more a place weighs that is more like this one. */
  readonly sharpness?: number;
}

/** A few pages of code. */
const SIZE = 2000;
const SHARPNESS = 1;
/** λ at first, and what one token moves it by. */
const FIRST_SHARE = 0.1;
const RATE = 0.005;

/**
 * What followed places at which the network's hidden state was like now (Grave, Joulin and Usunier 2017, equations 2 and 3):
 *
 * p_cache(w) ∝ Σᵢ 1{w = xᵢ₊₁} exp(θ hₜ·hᵢ), p(w) = (1 − λ) p_network(w) + λ p_cache(w).
 *
 * Unlike theirs, λ is learnt as it goes, from how often the cache settled what came. Learning costs H multiplications and looking size · H of them.
 */
export class NeuralCache {
  readonly #options: Required<NeuralCacheOptions>;
  /** float32 [size, H] row-major. */
  readonly #states: Float32Array;
  readonly #tokens: Uint16Array;
  readonly #weights: Float64Array;
  readonly #cached: Float64Array;
  #learntCount = 0;
  #share = FIRST_SHARE;

  public constructor({ size = SIZE, sharpness = SHARPNESS, ...options }: NeuralCacheOptions) {
    this.#options = { ...options, size, sharpness };
    this.#states = new Float32Array(size * options.hiddenSize);
    this.#tokens = new Uint16Array(size);
    this.#weights = new Float64Array(size);
    this.#cached = new Float64Array(options.vocabularySize);
  }

  /** λ, in (0, 1). */
  public get share(): number {
    return this.#share;
  }

  /**
   * Adds the cache's part to the network's distribution; leaves it as it is while nothing was learnt.
   * @param probabilities [V]; overwritten
   */
  public mixInto(probabilities: Float64Array, state: RecurrentState): void {
    if (!this.#look(state)) {
      return;
    }
    for (let token = 0; token < probabilities.length; token++) {
      probabilities[token] =
        (1 - this.#share) * (probabilities[token] as number) + this.#share * (this.#cached[token] as number);
    }
  }

  /**
   * Remembers that a token came after a state, which was the last one mixed for.
   * @param mixed what the token was given then
   */
  public learn(state: RecurrentState, token: number, mixed: number): void {
    const { hiddenSize, size } = this.#options;
    if (this.#learntCount > 0) {
      const settled = (this.#share * (this.#cached[token] as number)) / mixed;
      this.#share = Math.min(0.99, Math.max(1e-4, this.#share + RATE * (settled - this.#share)));
    }
    const place = this.#learntCount++ % size;
    this.#states.set(topLayer(state, hiddenSize), place * hiddenSize);
    this.#tokens[place] = token;
  }

  /** Fills `#cached`; false where there is nothing to fill it with. */
  #look(state: RecurrentState): boolean {
    const { hiddenSize, size, sharpness } = this.#options;
    const count = Math.min(size, this.#learntCount);
    const here = topLayer(state, hiddenSize);
    let most = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < count; place++) {
      const row = place * hiddenSize;
      let likeness = 0;
      for (let unit = 0; unit < hiddenSize; unit++) {
        likeness += (here[unit] as number) * (this.#states[row + unit] as number);
      }
      likeness *= sharpness;
      this.#weights[place] = likeness;
      most = Math.max(most, likeness);
    }
    let sum = 0;
    for (let place = 0; place < count; place++) {
      sum += this.#weights[place] = Math.exp((this.#weights[place] as number) - most);
    }
    this.#cached.fill(0);
    for (let place = 0; place < count; place++) {
      const token = this.#tokens[place] as number;
      this.#cached[token] = (this.#cached[token] as number) + (this.#weights[place] as number) / sum;
    }
    return count > 0;
  }
}

/** h of the last layer: float32 [H]. */
function topLayer({ hidden }: RecurrentState, hiddenSize: number): Float32Array {
  return hidden.subarray(hidden.length - hiddenSize);
}
