/** Adagrad (Duchi, Hazan and Singer 2011): rate, and what the first gradients are divided by. */
const RATE = 0.05;
const FIRST_SQUARES = 1;

/**
 * How much of each of several models to take where their probabilities alone are known: a softmax of linear functions of what describes the context,
 * learnt online by the gradient of the log probability of what came. Features must not depend on what came, so that what is mixed stays normalised.
 */
export class ContextGate {
  /** Shares of the models, which add up to 1; filled by `mix`. */
  public readonly shares: Float64Array;
  readonly #weights: Float64Array;
  readonly #squares: Float64Array;
  readonly #featureCount: number;

  public constructor({ modelCount, featureCount }: { readonly modelCount: number; readonly featureCount: number }) {
    this.shares = new Float64Array(modelCount);
    this.#weights = new Float64Array(modelCount * featureCount);
    this.#squares = new Float64Array(modelCount * featureCount).fill(FIRST_SQUARES);
    this.#featureCount = featureCount;
  }

  /** Σ share · probability of what came, with the shares that the features call for. */
  public mix(features: Float64Array, probabilities: Float64Array): number {
    const shares = this.shares;
    let most = Number.NEGATIVE_INFINITY;
    for (let model = 0; model < shares.length; model++) {
      let score = 0;
      for (let feature = 0; feature < this.#featureCount; feature++) {
        score += (this.#weights[model * this.#featureCount + feature] as number) * (features[feature] as number);
      }
      shares[model] = score;
      most = Math.max(most, score);
    }
    let sum = 0;
    for (let model = 0; model < shares.length; model++) {
      sum += shares[model] = Math.exp((shares[model] as number) - most);
    }
    let mixed = 0;
    for (let model = 0; model < shares.length; model++) {
      const share = (shares[model] as number) / sum;
      shares[model] = share;
      mixed += share * (probabilities[model] as number);
    }
    return mixed;
  }

  /** Learns from what `mix` was last asked. */
  public learn(features: Float64Array, probabilities: Float64Array, mixed: number): void {
    for (let model = 0; model < this.shares.length; model++) {
      const share = this.shares[model] as number;
      const error = share * ((probabilities[model] as number) / mixed - 1);
      for (let feature = 0; feature < this.#featureCount; feature++) {
        const index = model * this.#featureCount + feature;
        const gradient = error * (features[feature] as number);
        const squares = (this.#squares[index] as number) + gradient * gradient;
        this.#squares[index] = squares;
        this.#weights[index] = (this.#weights[index] as number) + (RATE * gradient) / Math.sqrt(squares);
      }
    }
  }
}
