import { FEATURE_COUNT, NUMBER_COUNT } from "./gateFeatures.ts";

/** Adagrad (Duchi, Hazan and Singer 2011): rate, and the squared gradients that what was fitted before is worth. */
const RATE = 0.1;
const FIRST_SQUARES = 30;

/**
 * How much of each expert to take: a softmax of a linear function of features, learnt by the gradient of the log probability of what came.
 * The features are `NUMBER_COUNT` numbers and one of a few kinds.
 */
export class LinearGate {
  /** The numbers that describe where we are; to be filled before `shares`. */
  public readonly numbers = new Float64Array(NUMBER_COUNT);
  /** The shares of the experts, which add up to 1; filled by `evaluate`. */
  public readonly shares: Float64Array;
  readonly #weights: Float64Array;
  readonly #squares: Float64Array;
  #kind = 0;

  /** @param weights [experts · FEATURE_COUNT]; owned from now on, and learnt in */
  public constructor(weights: Float64Array) {
    this.#weights = weights;
    this.#squares = new Float64Array(weights.length).fill(FIRST_SQUARES);
    this.shares = new Float64Array(weights.length / FEATURE_COUNT);
  }

  /** Works out `shares` for the features in `numbers` and `kind`. */
  public evaluate(kind: number): void {
    this.#kind = kind;
    const { shares, numbers } = this;
    let most = Number.NEGATIVE_INFINITY;
    for (let expert = 0; expert < shares.length; expert++) {
      const row = expert * FEATURE_COUNT;
      let score = this.#weights[row + NUMBER_COUNT + kind] as number;
      for (let feature = 0; feature < NUMBER_COUNT; feature++) {
        score += (this.#weights[row + feature] as number) * (numbers[feature] as number);
      }
      shares[expert] = score;
      most = Math.max(most, score);
    }
    let sum = 0;
    for (let expert = 0; expert < shares.length; expert++) {
      sum += shares[expert] = Math.exp((shares[expert] as number) - most);
    }
    for (let expert = 0; expert < shares.length; expert++) {
      shares[expert] = (shares[expert] as number) / sum;
    }
  }

  /** Learns from the probabilities that the experts gave to the token that came, behind the context last evaluated. */
  public learn(probabilities: readonly number[]): void {
    const { shares, numbers } = this;
    const mixed = probabilities.reduce((sum, probability, expert) => sum + probability * (shares[expert] as number), 0);
    for (let expert = 0; expert < shares.length; expert++) {
      const share = shares[expert] as number;
      const error = (share * (probabilities[expert] as number)) / mixed - share;
      const row = expert * FEATURE_COUNT;
      for (let feature = 0; feature < NUMBER_COUNT; feature++) {
        this.#ascend(row + feature, error * (numbers[feature] as number));
      }
      this.#ascend(row + NUMBER_COUNT + this.#kind, error);
    }
  }

  #ascend(index: number, gradient: number): void {
    const squares = (this.#squares[index] as number) + gradient * gradient;
    this.#squares[index] = squares;
    this.#weights[index] = (this.#weights[index] as number) + (RATE * gradient) / Math.sqrt(squares);
  }
}
