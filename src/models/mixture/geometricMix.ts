import { CONTEXT_KINDS } from "./gateFeatures.ts";

/** Kinds of the counts' greatest probability, for each kind of context. */
const SURENESS_KINDS = 5;

/** Pairs of exponents. */
export const POWER_SET_COUNT = CONTEXT_KINDS * SURENESS_KINDS;

/** Step of stochastic gradient ascent on the log probability of what came. */
const RATE = 0.003;

/**
 * The geometric mean of two distributions, q(w) ∝ n(w)^a · c(w)^b, with exponents that depend on the kind of context: sharper than either where they
 * agree, which a linear mixture cannot be (Hinton 2002; Mahoney's logistic mixing, 2005, is the case of two outcomes).
 */
export class GeometricMix {
  readonly #powers: Float64Array;
  #set = 0;
  #meanNeural = 0;
  #meanCounted = 0;

  /** @param powers [2 · POWER_SET_COUNT]; owned from now on, and learnt in */
  public constructor(powers: Float64Array) {
    this.#powers = powers;
  }

  /** Both exponents a half. */
  public static untrained(): Float64Array {
    return new Float64Array(2 * POWER_SET_COUNT).fill(0.5);
  }

  /**
   * Fills `out` with the mean of two distributions.
   * @param neural natural-log probabilities [V]
   * @param counted likewise; −∞ for START, which gets 0
   * @param out float64 [V]; overwritten
   */
  public fill(
    {
      neural,
      counted,
      startId,
    }: { readonly neural: Float64Array; readonly counted: Float64Array; readonly startId: number },
    { kind, sureness, out }: { readonly kind: number; readonly sureness: number; readonly out: Float64Array },
  ): void {
    this.#set = kind * SURENESS_KINDS + Math.min(SURENESS_KINDS - 1, Math.floor(sureness * SURENESS_KINDS));
    const a = this.#powers[2 * this.#set] as number;
    const b = this.#powers[2 * this.#set + 1] as number;
    let mass = 0;
    let neuralSum = 0;
    let countedSum = 0;
    for (let token = 0; token < out.length; token++) {
      if (token === startId) {
        continue;
      }
      const n = neural[token] as number;
      const c = counted[token] as number;
      const value = Math.exp(a * n + b * c);
      out[token] = value;
      mass += value;
      neuralSum += value * n;
      countedSum += value * c;
    }
    out[startId] = 0;
    for (let token = 0; token < out.length; token++) {
      out[token] = (out[token] as number) / mass;
    }
    this.#meanNeural = neuralSum / mass;
    this.#meanCounted = countedSum / mass;
  }

  /** Learns from the log probabilities that the two distributions last mixed gave to the token that came. */
  public learn(neural: number, counted: number): void {
    const first = 2 * this.#set;
    this.#powers[first] = (this.#powers[first] as number) + RATE * (neural - this.#meanNeural);
    this.#powers[first + 1] = (this.#powers[first + 1] as number) + RATE * (counted - this.#meanCounted);
  }
}
