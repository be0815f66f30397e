import type { TopTokens } from "./topTokens.ts";

/**
 * How often each token is among the last few of a text (Kuhn and De Mori 1990): words that were used lately are used again.
 */
export class UnigramCache {
  readonly #recent: Uint16Array;
  readonly #counts: Uint32Array;
  #readCount = 0;

  /** @param length tokens that are remembered */
  public constructor(vocabularySize: number, length: number) {
    this.#recent = new Uint16Array(length);
    this.#counts = new Uint32Array(vocabularySize);
  }

  public learn(token: number): void {
    const place = this.#readCount % this.#recent.length;
    if (this.#readCount >= this.#recent.length) {
      const oldest = this.#recent[place] as number;
      this.#counts[oldest] = (this.#counts[oldest] as number) - 1;
    }
    this.#recent[place] = token;
    this.#counts[token] = (this.#counts[token] as number) + 1;
    this.#readCount++;
  }

  /** Those remembered, each once. */
  public remembered(): ReadonlySet<number> {
    return new Set(this.#recent.subarray(0, this.#readCount));
  }

  /** Those remembered, each once, the most frequent first; of equals the smaller id first. */
  public ranked(): TopTokens {
    const tokens = Uint16Array.from(this.remembered()).sort(
      (left, right) => (this.#counts[right] as number) - (this.#counts[left] as number) || left - right,
    );
    return { tokens, probabilities: Float64Array.from(tokens, (token) => this.probability(token)) };
  }

  /** Relative frequency; 0 for every token while nothing was learnt. */
  public probability(token: number): number {
    const size = Math.min(this.#readCount, this.#recent.length);
    return size === 0 ? 0 : (this.#counts[token] as number) / size;
  }
}
