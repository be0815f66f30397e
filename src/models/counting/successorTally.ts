/** Tokens and their counts, for keeping; a count may be negative where what is forgotten is beside and not among what was learnt. */
export interface CountList {
  readonly tokens: Uint16Array;
  readonly counts: Int32Array;
}

/** Counts by token, with a list of the tokens that were met; cleared in constant time. */
export class SuccessorTally {
  readonly #counts: Int32Array;
  readonly #rounds: Uint32Array;
  readonly #tokens: Uint16Array;
  #round = 1;
  #size = 0;

  public constructor(vocabularySize: number) {
    this.#counts = new Int32Array(vocabularySize);
    this.#rounds = new Uint32Array(vocabularySize);
    this.#tokens = new Uint16Array(vocabularySize);
  }

  /** Number of tokens met since `clear`, those whose count came back to 0 included. */
  public get size(): number {
    return this.#size;
  }

  public token(index: number): number {
    return this.#tokens[index] as number;
  }

  public count(token: number): number {
    return this.#rounds[token] === this.#round ? (this.#counts[token] as number) : 0;
  }

  public add(token: number, count: number): void {
    if (this.#rounds[token] === this.#round) {
      this.#counts[token] = (this.#counts[token] as number) + count;
      return;
    }
    this.#rounds[token] = this.#round;
    this.#counts[token] = count;
    this.#tokens[this.#size++] = token;
  }

  public addList({ tokens, counts }: CountList): void {
    for (let index = 0; index < tokens.length; index++) {
      this.add(tokens[index] as number, counts[index] as number);
    }
  }

  /** A copy of all counts. */
  public copy(): CountList {
    const tokens = this.#tokens.slice(0, this.#size);
    return { tokens, counts: Int32Array.from(tokens, (token) => this.#counts[token] as number) };
  }

  public clear(): void {
    this.#size = 0;
    this.#round++;
    if (this.#round > 0xffff_ffff) {
      this.#rounds.fill(0);
      this.#round = 1;
    }
  }
}
