/** Tokens with their probabilities, the likeliest first. */
export interface RankedList {
  readonly tokens: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
}

/** The likeliest tokens that a model names at each place of a text, for what is mixed of several. */
export class RankedTokens {
  /** Tokens that are kept of each place, at most. */
  readonly width: number;
  readonly #tokens: Int32Array;
  readonly #probabilities: Float64Array;

  /** @param placeCount predictions of the text */
  public constructor(placeCount: number, width: number) {
    this.width = width;
    this.#tokens = new Int32Array(placeCount * width);
    this.#probabilities = new Float64Array(placeCount * width);
  }

  /** @param list what it does not name for want of tokens has no probability */
  public set(place: number, { tokens, probabilities }: RankedList): void {
    for (let rank = 0; rank < Math.min(this.width, tokens.length); rank++) {
      this.#tokens[place * this.width + rank] = tokens[rank] as number;
      this.#probabilities[place * this.width + rank] = probabilities[rank] as number;
    }
  }

  /** What a token that is not named has at most: the probability of the last that is. */
  public floor(place: number): number {
    return this.#probabilities[(place + 1) * this.width - 1] as number;
  }

  /** Adds to the sums of the tokens that are named how much more than the floor they have, times a share. */
  public addOver(place: number, share: number, sums: Float64Array): void {
    const floor = this.floor(place);
    for (let index = place * this.width; index < (place + 1) * this.width; index++) {
      const token = this.#tokens[index] as number;
      sums[token] = (sums[token] as number) + share * ((this.#probabilities[index] as number) - floor);
    }
  }

  public tokensAt(place: number): Int32Array {
    return this.#tokens.subarray(place * this.width, (place + 1) * this.width);
  }
}

/** Finds how probable a mixture makes the likeliest token, where of each part the likeliest tokens are known. */
export class MixtureRanking {
  readonly #parts: readonly RankedTokens[];
  /** [V]; all 0 between calls */
  readonly #sums: Float64Array;

  public constructor(vocabularySize: number, parts: readonly RankedTokens[]) {
    this.#parts = parts;
    this.#sums = new Float64Array(vocabularySize);
  }

  /**
   * What no token but the one that came can have more of than this: Σ share · (probability, or the floor of a part that does not name it). So the token that came is certainly the likeliest
   * where it has as much; where parts name enough tokens, the bound is what the likeliest has.
   * @param shares of the parts
   */
  public mostOfOthers(place: number, shares: ArrayLike<number>, came: number): number {
    let floor = 0;
    for (const [index, part] of this.#parts.entries()) {
      const share = shares[index] as number;
      floor += share * part.floor(place);
      part.addOver(place, share, this.#sums);
    }
    let most = 0;
    for (const part of this.#parts) {
      for (const token of part.tokensAt(place)) {
        most = token === came ? most : Math.max(most, this.#sums[token] as number);
      }
    }
    for (const part of this.#parts) {
      for (const token of part.tokensAt(place)) {
        this.#sums[token] = 0;
      }
    }
    return floor + most;
  }
}
