/** Numbers by token, 0 where none was added, with a list of the tokens that have one; cleared in constant time. */
export class SparseSums {
  readonly #sums: Float64Array;
  readonly #rounds: Uint32Array;
  readonly #tokens: Uint16Array;
  #round = 1;
  #size = 0;

  public constructor(vocabularySize: number) {
    this.#sums = new Float64Array(vocabularySize);
    this.#rounds = new Uint32Array(vocabularySize);
    this.#tokens = new Uint16Array(vocabularySize);
  }

  /** Number of tokens that something was added for. */
  public get size(): number {
    return this.#size;
  }

  public token(index: number): number {
    return this.#tokens[index] as number;
  }

  public has(token: number): boolean {
    return this.#rounds[token] === this.#round;
  }

  public sum(token: number): number {
    return this.#rounds[token] === this.#round ? (this.#sums[token] as number) : 0;
  }

  public add(token: number, value: number): void {
    if (this.#rounds[token] === this.#round) {
      this.#sums[token] = (this.#sums[token] as number) + value;
      return;
    }
    this.#rounds[token] = this.#round;
    this.#sums[token] = value;
    this.#tokens[this.#size++] = token;
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
