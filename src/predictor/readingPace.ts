/** How fast text is read at present: an exponential mean, so that it follows a machine that gets busy. */
export class ReadingPace {
  #msPerToken: number;
  #charsPerToken: number;

  /** Begins with a first guess. */
  public constructor(guess: { readonly msPerToken: number; readonly charsPerToken: number }) {
    this.#msPerToken = guess.msPerToken;
    this.#charsPerToken = guess.charsPerToken;
  }

  /** UTF-16 units that can be read in `ms`. */
  public charsWithin(ms: number): number {
    return Math.floor((Math.max(0, ms) / this.#msPerToken) * this.#charsPerToken);
  }

  public record({ tokens, chars, ms }: { readonly tokens: number; readonly chars: number; readonly ms: number }): void {
    if (tokens > 0) {
      const weight = Math.min(0.5, tokens / 64);
      this.#msPerToken += weight * (ms / tokens - this.#msPerToken);
      this.#charsPerToken += weight * (chars / tokens - this.#charsPerToken);
    }
  }
}
