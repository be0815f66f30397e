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

/** The likeliest of a whole distribution [V]; those of no probability are not named. */
export function topOf(distribution: Float64Array, count: number): TopTokens {
  const best = new BestList(Math.min(count, distribution.length));
  for (const [token, probability] of distribution.entries()) {
    if (probability > 0 && best.wants(probability)) {
      best.offer(token, probability);
    }
  }
  return best.take(1);
}

/** The likeliest of some tokens, each of which is named once; those of no probability are not. */
export function topOfSome({ tokens, probabilities }: TopTokens, count: number): TopTokens {
  const best = new BestList(Math.min(count, tokens.length));
  for (const [index, token] of tokens.entries()) {
    const probability = probabilities[index] as number;
    if (probability > 0 && best.wants(probability)) {
      best.offer(token, probability);
    }
  }
  return best.take(1);
}

/** The best few of many, kept in order. */
class BestList {
  readonly #tokens: Uint16Array;
  readonly #values: Float64Array;
  #size = 0;
  /** What is worse than this has no place any more. */
  #least = Number.NEGATIVE_INFINITY;

  public constructor(capacity: number) {
    this.#tokens = new Uint16Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#least = capacity === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  public wants(value: number): boolean {
    return value >= this.#least;
  }

  public offer(token: number, value: number): void {
    if (value < this.#least) {
      return;
    }
    const tokens = this.#tokens;
    const values = this.#values;
    const capacity = values.length;
    // Moves what is worse down by one; the last of a full list falls out.
    let place = this.#size;
    while (place > 0) {
      const other = values[place - 1] as number;
      if (value < other || (value === other && token > (tokens[place - 1] as number))) {
        break;
      }
      if (place < capacity) {
        tokens[place] = tokens[place - 1] as number;
        values[place] = other;
      }
      place--;
    }
    if (place === capacity) {
      return;
    }
    tokens[place] = token;
    values[place] = value;
    this.#size = Math.min(this.#size + 1, capacity);
    if (this.#size === capacity) {
      this.#least = values[capacity - 1] as number;
    }
  }

  public take(mass: number): TopTokens {
    const probabilities = this.#values.slice(0, this.#size);
    for (let place = 0; place < probabilities.length; place++) {
      probabilities[place] = (probabilities[place] as number) / mass;
    }
    return { tokens: this.#tokens.slice(0, this.#size), probabilities };
  }
}
