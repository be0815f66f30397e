/** η, and λ: the part of the way back to the trained bias that each token goes. */
const RATE = 0.2;
const DECAY = 0.0005;

/**
 * Dynamic evaluation (Krause, Kahembwe, Murray and Renals 2018) of the bias of a softmax alone: after each token one step of gradient descent on its
 * loss, and a little back to what was trained (their equations 2 and 5 with segments of one token and without RMSprop):
 *
 * b ← b − η ∇L(b) + λ (0 − b), where ∇L = p − 1{w = x} and p(w) ∝ p_network(w) exp(b(w)).
 *
 * b is what was added to the trained bias.
 */
export class DynamicBias {
  readonly #bias: Float64Array;
  readonly #rate: number;
  readonly #decay: number;

  public constructor(
    vocabularySize: number,
    { rate = RATE, decay = DECAY }: { readonly rate?: number; readonly decay?: number } = {},
  ) {
    this.#bias = new Float64Array(vocabularySize);
    this.#rate = rate;
    this.#decay = decay;
  }

  /**
   * Moves the network's distribution by the bias.
   * @param probabilities [V]; overwritten; they sum to 1
   */
  public applyTo(probabilities: Float64Array): void {
    let sum = 0;
    for (let token = 0; token < probabilities.length; token++) {
      sum += probabilities[token] = (probabilities[token] as number) * Math.exp(this.#bias[token] as number);
    }
    for (let token = 0; token < probabilities.length; token++) {
      probabilities[token] = (probabilities[token] as number) / sum;
    }
  }

  /**
   * Learns from the token that came.
   * @param probabilities [V], with the bias
   */
  public learn(probabilities: Float64Array, token: number): void {
    for (let other = 0; other < this.#bias.length; other++) {
      const gradient = (probabilities[other] as number) - (other === token ? 1 : 0);
      this.#bias[other] = (this.#bias[other] as number) * (1 - this.#decay) - this.#rate * gradient;
    }
  }
}
