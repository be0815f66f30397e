/** Tokens over which the mean is taken: a machine that gets busy must be noticed within one request, one that gets idle may wait. */
const SLOWER_TOKENS = 16;
const FASTER_TOKENS = 128;

/** How fast text is read at present: an exponential mean. */
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
      const isSlower = ms / tokens > this.#msPerToken;
      const weight = Math.min(0.9, tokens / (isSlower ? SLOWER_TOKENS : FASTER_TOKENS));
      this.#msPerToken += weight * (ms / tokens - this.#msPerToken);
      this.#charsPerToken += Math.min(0.5, tokens / FASTER_TOKENS) * (chars / tokens - this.#charsPerToken);
    }
  }
}
