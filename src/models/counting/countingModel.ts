import type { LanguageModel } from "../languageModel.ts";
import type { ContextCounts, UnigramLevel } from "./contextCounts.ts";
import type { CountIndex } from "./countIndex.ts";
import type { Smoothing } from "./smoothing.ts";
import { SparseSums } from "./sparseSums.ts";
import { rankTokens, selectTop, type TopTokens } from "./topTokens.ts";

/** A text as far as it was read: its last token and what stood before it. */
export interface CountingState {
  readonly token: number;
  readonly previous: CountingState | null;
}

export interface CountingModelOptions {
  readonly index: CountIndex;
  readonly smoothing: Smoothing;
  /** N: tokens of an n-gram, the predicted one included; at least 1 */
  readonly order: number;
  /** Whether the longest context that ever occurred is asked first, however long it is (∞-gram). */
  readonly isUnbounded?: boolean;
}

/** A state, and the counts as they stood when it was looked up. */
interface Moment {
  readonly state: CountingState | null;
  readonly version: number;
}

interface Evaluation {
  readonly weight: number;
  readonly mass: number;
}

/** Context that an unbounded model reads at most: what agrees so far back has long said all it has to say. */
const MAX_CONTEXT_TOKENS = 4096;
/** Context that it reads at first, for a longer one seldom occurs and reading takes time. */
const FIRST_CONTEXT_TOKENS = 64;

/** Next-token distributions from counts: an index says what followed the contexts, a smoothing weighs it. */
export class CountingModel implements LanguageModel<CountingState | null> {
  readonly vocabularySize: number;
  readonly #options: Required<CountingModelOptions>;
  readonly #counts: ContextCounts;
  readonly #sums: SparseSums;
  readonly #base: Float64Array;
  readonly #recent = new Int32Array(MAX_CONTEXT_TOKENS);
  /** What `#counts` and what `#sums` were filled for: several questions about one state cost little more than one. */
  #collected: Moment | undefined;
  #evaluated: (Moment & Evaluation) | undefined;
  /** What `#base` was filled from. */
  #baseOf: UnigramLevel | undefined;
  #ranking: Uint16Array | undefined;

  public constructor(options: CountingModelOptions) {
    const { index, order } = options;
    if (!(Number.isInteger(order) && order >= 1 && order <= 255)) {
      throw new RangeError(`Expected \`order\` to be an integer from 1 to 255, got ${order}`);
    }
    this.vocabularySize = index.vocabularySize;
    this.#options = { isUnbounded: false, ...options };
    this.#counts = index.createCounts();
    this.#sums = new SparseSums(index.vocabularySize);
    this.#base = new Float64Array(index.vocabularySize);
  }

  /** Before anything was read, START included. */
  public initialState(): null {
    return null;
  }

  public advance(state: CountingState | null, token: number): CountingState {
    return { token, previous: token === this.#options.index.startId ? null : state };
  }

  /** As in `LanguageModel`; START, which is never predicted, has −∞, and with maximum likelihood so has what was never seen. */
  public logProbabilities(state: CountingState | null, out: Float32Array): void {
    const { weight, mass } = this.#evaluate(state);
    for (let token = 0; token < out.length; token++) {
      out[token] = Math.log((this.#sums.sum(token) + weight * (this.#base[token] as number)) / mass);
    }
  }

  /**
   * Probabilities of every next token; where the smoothing makes scores, those divided by their sum.
   * @param out float64 [V]; overwritten
   */
  public probabilities(state: CountingState | null, out: Float64Array): void {
    const { weight, mass } = this.#evaluate(state);
    for (let token = 0; token < out.length; token++) {
      out[token] = (this.#sums.sum(token) + weight * (this.#base[token] as number)) / mass;
    }
  }

  /** The probability of one next token. */
  public probability(state: CountingState | null, token: number): number {
    const { weight, mass } = this.#evaluate(state);
    return (this.#sums.sum(token) + weight * (this.#base[token] as number)) / mass;
  }

  /**
   * The probabilities of some next tokens, for about the price of one.
   * @returns float64, in the order of the tokens
   */
  public probabilitiesOf(state: CountingState | null, tokens: Uint16Array): Float64Array {
    const { weight, mass } = this.#evaluate(state);
    return Float64Array.from(
      tokens,
      (token) => (this.#sums.sum(token) + weight * (this.#base[token] as number)) / mass,
    );
  }

  /** The most probable next tokens and their probabilities, best first. */
  public topTokens(state: CountingState | null, count: number): TopTokens {
    const { weight, mass } = this.#evaluate(state);
    this.#ranking ??= rankTokens(this.#base);
    return selectTop(count, { sums: this.#sums, base: this.#base, ranking: this.#ranking, weight, mass });
  }

  /** What followed the contexts the text ends in, the longest first: the evidence behind a distribution; borrowed until the next call. */
  public evidence(state: CountingState | null): ContextCounts {
    const { index, order, isUnbounded } = this.#options;
    if (this.#collected?.state === state && this.#collected.version === index.version) {
      return this.#counts;
    }
    this.#collected = { state, version: index.version };
    const most = isUnbounded ? Math.max(FIRST_CONTEXT_TOKENS, order) : order - 1;
    this.#collect(this.#read(state, most));
    if (isUnbounded && this.#counts.levels[0]?.depth === most) {
      this.#collect(this.#read(state, MAX_CONTEXT_TOKENS));
    }
    return this.#counts;
  }

  /** Fills the counts for the last `length` tokens that were read. */
  #collect(length: number): void {
    const { index, order, smoothing, isUnbounded } = this.#options;
    const query = { recent: this.#recent, length, maxDepth: order - 1, isUnbounded, kind: smoothing.countKind };
    index.collect(query, this.#counts);
  }

  /** Fills sums and base; the probability of a token is (sum + weight · base) / mass. */
  #evaluate(state: CountingState | null): Evaluation {
    const { index, smoothing } = this.#options;
    if (this.#evaluated?.state === state && this.#evaluated.version === index.version) {
      return this.#evaluated;
    }
    const counts = this.evidence(state);
    if (this.#baseOf !== counts.unigrams) {
      smoothing.fillBase(counts.unigrams, { startId: index.startId, out: this.#base });
      this.#baseOf = counts.unigrams;
      this.#ranking = undefined;
    }
    this.#sums.clear();
    const weight = smoothing.addContexts(counts, { sums: this.#sums, base: this.#base });
    const mass = smoothing.isScore ? this.#totalMass(weight) : 1;
    this.#evaluated = { state, version: index.version, weight, mass };
    return this.#evaluated;
  }

  /** Summed in the order of ids, so that equal counts have equal sums to the last digit. */
  #totalMass(weight: number): number {
    let mass = 0;
    for (let token = 0; token < this.#base.length; token++) {
      mass += this.#sums.sum(token) + weight * (this.#base[token] as number);
    }
    return mass;
  }

  /** Writes the last tokens, newest first, and returns how many there are. */
  #read(state: CountingState | null, most: number): number {
    let length = 0;
    for (let node = state; node !== null && length < most; node = node.previous) {
      this.#recent[length++] = node.token;
    }
    return length;
  }
}
