import type { CountingModel, CountingState } from "../../models/counting/countingModel.ts";
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
      out[token] = (1 - this.#share) * (out[token] as number) + this.#share * this.#cache.probability(token);
    }
  }

  public read(token: number): void {
    const { model, vocabulary, cacheWeight } = this.#options;
    this.#cache.learn(token);
    this.#share = cacheWeight;
    this.#state = token === vocabulary.endId ? this.#first : model.advance(this.#state, token);
  }
}
