import { FEATURE_COUNT } from "./gateFeatures.ts";
import { LEANING_COUNT, POWER_SET_COUNT } from "./geometricMix.ts";
import { TRUST_COUNT } from "./trustTable.ts";

/** The version of what the numbers below mean; parameters of another version are of no use. */
export const GATE_VERSION = 3;

/** Experts that the gate chooses from: counts, network, and the geometric mean of the two. */
export const GATE_EXPERT_COUNT = 3;

/** What a mixture has learnt about its experts: plain numbers, which go to disk as they are. */
export interface GateParameters {
  readonly version: typeof GATE_VERSION;
  /** Log odds of trusting a context, by where it was counted, its length and its counts; see `TrustTable`. */
  readonly trust: readonly number[];
  /** How much more, or less, than its share a context weighs in the geometric mean, by the same cells; see `GeometricMix`. */
  readonly emphasis: readonly number[];
  /** What is added to exponents and emphasis behind each kind of token; see `GeometricMix`. */
  readonly leanings: readonly number[];
  /** Exponents of the network's and the counts' probabilities, a pair for each kind of context; see `GeometricMix`. */
  readonly powers: readonly number[];
  /** A row for each expert, a column for each feature; see `LinearGate`. */
  readonly weights: readonly number[];
}

/** How many numbers each part has. */
export const GATE_SIZES = {
  trust: TRUST_COUNT,
  emphasis: TRUST_COUNT,
  leanings: LEANING_COUNT,
  powers: 2 * POWER_SET_COUNT,
  weights: GATE_EXPERT_COUNT * FEATURE_COUNT,
} as const;

/** The parameters in `parts`, to four digits after the point, which is finer than anything that is learnt. */
export function gateOf(parts: Readonly<Record<keyof typeof GATE_SIZES, Float64Array>>): GateParameters {
  const plain = (values: Float64Array): readonly number[] =>
    Array.from(values, (value) => Math.round(value * 1e4) / 1e4);
  return {
    version: GATE_VERSION,
    trust: plain(parts.trust),
    emphasis: plain(parts.emphasis),
    leanings: plain(parts.leanings),
    powers: plain(parts.powers),
    weights: plain(parts.weights),
  };
}
