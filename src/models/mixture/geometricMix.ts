import type { Evidence } from "./evidence.ts";
import { CONTEXT_KINDS } from "./gateFeatures.ts";
import { TOKEN_KINDS } from "./tokenKinds.ts";
import { CONTEXT_GROUPS, contextGroupOf } from "./trustTable.ts";

/** Kinds of the counts' greatest probability, for each kind of context. */
const SURENESS_KINDS = 5;

/** Pairs of exponents. */
export const POWER_SET_COUNT = CONTEXT_KINDS * SURENESS_KINDS;

/** Of each kind of token: corrections of both exponents, and of the emphasis of each group of contexts. */
const LEANING_WIDTH = 2 + CONTEXT_GROUPS;
export const LEANING_COUNT = TOKEN_KINDS * LEANING_WIDTH;

/** Steps of stochastic gradient ascent on the log probability of what came. */
const RATE = 0.003;
const EMPHASIS_RATE = 0.01;
/** Exponents and emphasis stay within this. */
const MOST_WEIGHT = 2;

/** What is mixed. */
export interface GeometricSources {
  /** Natural-log probabilities [V] of the network. */
  readonly neural: Float64Array;
  /** Those of the counts; −∞ for START, which gets 0. */
  readonly counted: Float64Array;
  readonly startId: number;
  readonly evidence: Evidence;
}

/** Where it is mixed. */
export interface MixingPlace {
  /** Of the context; see `contextKind`. */
  readonly kind: number;
  /** Of the token before; see `tokenKinds`. */
  readonly tokenKind: number;
  /** The greatest of the counts' probabilities. */
  readonly sureness: number;
}

/**
 * The geometric mean of two distributions, and of what single contexts add to them: q(w) ∝ n(w)^a · c(w)^b · ∏ₖ rₖ(w)^eₖ, with exponents that depend
 * on the kind of context, and rₖ the factor by which context k makes w more probable. Sharper than any of them where they agree, which a linear mixture
 * cannot be (Hinton 2002); the e correct what the chain of counts gives to contexts of each length, age and regularity, as the weights of
 * Mahoney's logistic mixing (2005, the case of two outcomes) do for the orders of a compressor. To both a correction is added that depends on the
 * token before: in a word, behind a bracket and at the start of a line other contexts tell most.
 */
export class GeometricMix {
  readonly #powers: Float64Array;
  readonly #emphasis: Float64Array;
  readonly #leanings: Float64Array;
  #set = 0;
  #leaning = 0;
  #meanNeural = 0;
  #meanCounted = 0;

  /** @param learnt powers [2 · POWER_SET_COUNT], emphasis [TRUST_COUNT], by the cells of the evidence, leanings [LEANING_COUNT]; borrowed, and learnt in */
  public constructor({
    powers,
    emphasis,
    leanings,
  }: Readonly<Record<"powers" | "emphasis" | "leanings", Float64Array>>) {
    this.#powers = powers;
    this.#emphasis = emphasis;
    this.#leanings = leanings;
  }

  /** Both exponents a half. */
  public static untrained(): Float64Array {
    return new Float64Array(2 * POWER_SET_COUNT).fill(0.5);
  }

  /**
   * Fills `out` with the mean.
   * @param out float64 [V]; overwritten
   */
  public fill(sources: GeometricSources, { kind, tokenKind, sureness }: MixingPlace, out: Float64Array): void {
    const { neural, counted, startId } = sources;
    this.#set = kind * SURENESS_KINDS + Math.min(SURENESS_KINDS - 1, Math.floor(sureness * SURENESS_KINDS));
    this.#leaning = tokenKind * LEANING_WIDTH;
    const most = this.#fillScores(sources, out);
    let mass = 0;
    let neuralSum = 0;
    let countedSum = 0;
    for (let token = 0; token < out.length; token++) {
      if (token === startId) {
        continue;
      }
      const value = Math.exp((out[token] as number) - most);
      out[token] = value;
      mass += value;
      neuralSum += value * (neural[token] as number);
      countedSum += value * (counted[token] as number);
    }
    out[startId] = 0;
    for (let token = 0; token < out.length; token++) {
      out[token] = (out[token] as number) / mass;
    }
    this.#meanNeural = neuralSum / mass;
    this.#meanCounted = countedSum / mass;
  }

  /**
   * Learns from the token that came.
   * @param sources those last mixed
   * @param mean what `fill` made of them
   */
  public learn(token: number, { neural, counted, evidence }: GeometricSources, mean: Float64Array): void {
    const powers = [(neural[token] as number) - this.#meanNeural, (counted[token] as number) - this.#meanCounted];
    for (const [index, gradient] of powers.entries()) {
      step(this.#powers, 2 * this.#set + index, RATE * gradient);
      step(this.#leanings, this.#leaning + index, RATE * gradient);
    }
    const { tokens, ratios } = evidence;
    for (const finding of evidence.findings) {
      let expected = 0;
      for (let index = finding.from; index < finding.to; index++) {
        expected += (ratios[index] as number) * (mean[tokens[index] as number] as number);
      }
      const gradient = evidence.ratioOf(finding, token) - expected;
      step(this.#emphasis, finding.cell, EMPHASIS_RATE * gradient);
      step(this.#leanings, this.#leaningOf(finding.cell), EMPHASIS_RATE * gradient);
    }
  }

  #leaningOf(cell: number): number {
    return this.#leaning + 2 + contextGroupOf(cell);
  }

  /** Fills `out` with the logarithms of the products and returns the greatest. */
  #fillScores({ neural, counted, startId, evidence }: GeometricSources, out: Float64Array): number {
    const a = (this.#powers[2 * this.#set] as number) + (this.#leanings[this.#leaning] as number);
    const b = (this.#powers[2 * this.#set + 1] as number) + (this.#leanings[this.#leaning + 1] as number);
    for (let token = 0; token < out.length; token++) {
      out[token] = a * (neural[token] as number) + b * (counted[token] as number);
    }
    const { tokens, ratios } = evidence;
    for (const { cell, from, to } of evidence.findings) {
      const emphasis = (this.#emphasis[cell] as number) + (this.#leanings[this.#leaningOf(cell)] as number);
      for (let index = from; index < to; index++) {
        const token = tokens[index] as number;
        out[token] = (out[token] as number) + emphasis * (ratios[index] as number);
      }
    }
    let most = Number.NEGATIVE_INFINITY;
    for (let token = 0; token < out.length; token++) {
      most = token === startId ? most : Math.max(most, out[token] as number);
    }
    return most;
  }
}

function step(weights: Float64Array, index: number, change: number): void {
  weights[index] = Math.min(MOST_WEIGHT, Math.max(-MOST_WEIGHT, (weights[index] as number) + change));
}
