import type { CountingModel, CountingState } from "../../models/counting/countingModel.ts";
import { type TopTokens, topOfSome } from "../../models/counting/topTokens.ts";
import { UnigramCache } from "../../models/counting/unigramCache.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import { CACHE_TOKENS } from "./countingScores.ts";
import type { TextReader } from "./writeSample.ts";

export interface CountsReaderOptions {
  readonly model: CountingModel;
  readonly vocabulary: AnyVocabulary;
  /** What is read first; every sentence or document begins behind it again. */
  readonly firstToken: number;
  /** Share of the words used lately (Kuhn and De Mori 1990), in [0, 1); 0 for counts alone. */
  readonly cacheWeight: number;
}

/** Counts that read a text, with a cache of the tokens read last; contexts begin with their sentence. */
export class CountsReader implements TextReader {
  readonly #options: CountsReaderOptions;
  readonly #cache: UnigramCache;
  readonly #first: CountingState;
  #state: CountingState;
  /** Nothing is remembered before the first token. */
  #share = 0;

  public constructor(options: CountsReaderOptions) {
    const { model, vocabulary, firstToken } = options;
    this.#options = options;
    this.#cache = new UnigramCache(vocabulary.size, CACHE_TOKENS);
    this.#first = model.advance(model.initialState(), firstToken);
    this.#state = this.#first;
  }

  public probabilities(out: Float64Array): void {
    this.#options.model.probabilities(this.#state, out);
    for (let token = 0; token < out.length; token++) {
      out[token] = this.#mix(token, out[token] as number);
    }
  }

  /** The probability of one next token. */
  public probability(token: number): number {
    return this.#mix(token, this.#options.model.probability(this.#state, token));
  }

  /**
   * The most probable next tokens and their probabilities, best first, as all `probabilities` would give them, at the price of those that come into question: what
   * counts name first, and what is remembered. Any other token has its counts' share and nothing else, and so has no more than each of as many as are asked for that the
   * counts put before it: none of these loses by the cache.
   */
  public topTokens(count: number): TopTokens {
    const { model } = this.#options;
    const counted = model.topTokens(this.#state, count);
    if (this.#share === 0) {
      return counted;
    }
    const tokens = Uint16Array.from(new Set([...counted.tokens, ...this.#cache.remembered()]));
    const probabilities = model
      .probabilitiesOf(this.#state, tokens)
      .map((probability, index) => this.#mix(tokens[index] as number, probability));
    return topOfSome({ tokens, probabilities }, count);
  }

  public read(token: number): void {
    const { model, vocabulary, cacheWeight } = this.#options;
    this.#cache.learn(token);
    this.#share = cacheWeight;
    this.#state = token === vocabulary.endId ? this.#first : model.advance(this.#state, token);
  }

  /** @param counted what the counts give to the token */
  #mix(token: number, counted: number): number {
    return (1 - this.#share) * counted + this.#share * this.#cache.probability(token);
  }
}
