/** What one context says, of the tokens that followed it. */
export interface Finding {
  /** Of contexts like it; see `TrustTable`. */
  readonly cell: number;
  /** Where its tokens begin and end. */
  readonly from: number;
  readonly to: number;
}

/**
 * By what factors contexts make tokens more probable: of each context the tokens that followed it, and for each the logarithm of how much
 * its odds grow against a token that did not. Scratch, filled anew for each question.
 */
export class Evidence {
  readonly #findings: Finding[] = [];
  #tokens = new Uint16Array(4096);
  #ratios = new Float64Array(4096);
  #size = 0;

  public get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** By place in `Finding`. */
  public get tokens(): Uint16Array {
    return this.#tokens;
  }

  /** Natural logarithms, by place in `Finding`; at least 0. */
  public get ratios(): Float64Array {
    return this.#ratios;
  }

  public clear(): void {
    this.#findings.length = 0;
    this.#size = 0;
  }

  /** Adds to the context whose tokens are being told. */
  public add(token: number, ratio: number): void {
    if (this.#size === this.#tokens.length) {
      const tokens = new Uint16Array(this.#size * 2);
      tokens.set(this.#tokens);
      this.#tokens = tokens;
      const ratios = new Float64Array(this.#size * 2);
      ratios.set(this.#ratios);
      this.#ratios = ratios;
    }
    this.#tokens[this.#size] = token;
    this.#ratios[this.#size++] = ratio;
  }

  /** Ends a context: all that was added since the last one is its. */
  public close(cell: number): void {
    this.#findings.push({ cell, from: this.#findings.at(-1)?.to ?? 0, to: this.#size });
  }

  /** The logarithm that a context gives a token; 0 for one that did not follow it. */
  public ratioOf({ from, to }: Finding, token: number): number {
    const index = this.#tokens.subarray(from, to).indexOf(token);
    return index < 0 ? 0 : (this.#ratios[from + index] as number);
  }
}
