import type { SparseSums } from "./sparseSums.ts";

/** Tokens with their probabilities, best first; of equals the smaller id first. */
export interface TopTokens {
  readonly tokens: Uint16Array;
  readonly probabilities: Float64Array;
}

/** All tokens by their value, the largest first; of equals the smaller id first. */
export function rankTokens(values: Float64Array): Uint16Array {
  return Uint16Array.from(values.keys()).sort(
    (left, right) => (values[right] as number) - (values[left] as number) || left - right,
  );
}

export interface TopSource {
  readonly sums: SparseSums;
  readonly base: Float64Array;
  /** `rankTokens(base)` */
  readonly ranking: Uint16Array;
  readonly weight: number;
  readonly mass: number;
}

/** The largest (sum + weight · base) / mass: tokens with a sum are looked at one by one, of the others only the first by base. */
export function selectTop(count: number, { sums, base, ranking, weight, mass }: TopSource): TopTokens {
  const best = new BestList(Math.min(count, base.length));
  for (let index = 0; index < sums.size; index++) {
    const token = sums.token(index);
    best.offer(token, sums.sum(token) + weight * (base[token] as number));
  }
  for (const token of ranking) {
    const value = weight * (base[token] as number);
    if (value <= 0 || !best.wants(value)) {
      break;
    }
    if (!sums.has(token)) {
      best.offer(token, value);
    }
  }
  return best.take(mass);
}

/** The best few of many, kept in order. */
class BestList {
  readonly #tokens: Uint16Array;
  readonly #values: Float64Array;
  #size = 0;

  public constructor(capacity: number) {
    this.#tokens = new Uint16Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  public wants(value: number): boolean {
    return this.#size < this.#values.length || value >= (this.#values[this.#size - 1] ?? Number.POSITIVE_INFINITY);
  }

  public offer(token: number, value: number): void {
    if (!this.wants(value)) {
      return;
    }
    let place = this.#size < this.#values.length ? this.#size : this.#size - 1;
    if (this.#size === this.#values.length && !this.#isBefore({ token, value }, place)) {
      return;
    }
    while (place > 0 && this.#isBefore({ token, value }, place - 1)) {
      this.#tokens[place] = this.#tokens[place - 1] as number;
      this.#values[place] = this.#values[place - 1] as number;
      place--;
    }
    this.#tokens[place] = token;
    this.#values[place] = value;
    this.#size = Math.min(this.#size + 1, this.#values.length);
  }

  public take(mass: number): TopTokens {
    return {
      tokens: this.#tokens.slice(0, this.#size),
      probabilities: this.#values.slice(0, this.#size).map((value) => value / mass),
    };
  }

  #isBefore({ token, value }: { readonly token: number; readonly value: number }, place: number): boolean {
    const other = this.#values[place] as number;
    return value > other || (value === other && token < (this.#tokens[place] as number));
  }
}
