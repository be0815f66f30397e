import type { Rng } from "../../base/rng.ts";
import { sampleIndex } from "../../decoding/sampling.ts";
import { FamilyLanguageModel, type FamilyState } from "../../models/neural/family/familyLanguageModel.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";

/** A model that reads a text token by token. */
export interface TextReader {
  /**
   * Probabilities of every next token, at least one of them above 0.
   * @param out float64 [V]; overwritten
   */
  probabilities(out: Float64Array): void;
  read(token: number): void;
}

export interface SampleOptions {
  readonly vocabulary: AnyVocabulary;
  readonly lengthTokens: number;
  readonly rng: Rng;
  /** 0 always takes the likeliest. */
  readonly temperature?: number;
}

/** Tokens that each model of a comparison writes. */
export const SAMPLE_TOKENS = 60;

/** Text that a model writes behind what it has read; it goes on behind END. START is never written. */
export function writeSample(
  reader: TextReader,
  { vocabulary, lengthTokens, rng, temperature = 0.8 }: SampleOptions,
): string {
  const weights = new Float64Array(vocabulary.size);
  const tokens: number[] = [];
  while (tokens.length < lengthTokens) {
    reader.probabilities(weights);
    weights[vocabulary.startId] = 0;
    const token = sampleIndex(weights, { temperature, topK: Infinity, topP: 0.95, rng });
    tokens.push(token);
    reader.read(token);
  }
  return tokens
    .reduce<number[][]>(
      (lines, token) => {
        (lines[lines.length - 1] as number[]).push(token);
        return token === vocabulary.endId ? [...lines, []] : lines;
      },
      [[]],
    )
    .map((line) => vocabulary.decode(line).trimEnd())
    .join("\n");
}

export interface NetworkReaderOptions {
  readonly vocabulary: AnyVocabulary;
  /** What is read first. */
  readonly firstToken: number;
  /** Whether a text goes on behind END, as lines do; else the next one begins anew. */
  readonly isContinuous: boolean;
}

/** A network that has read a first token. */
export class NetworkReader implements TextReader {
  readonly #model: FamilyLanguageModel;
  readonly #options: NetworkReaderOptions;
  #state: FamilyState;

  /** @param model borrowed */
  public constructor(model: TrainableModel, options: NetworkReaderOptions) {
    this.#model = new FamilyLanguageModel(model);
    this.#options = options;
    this.#state = this.#begin();
  }

  public probabilities(out: Float64Array): void {
    this.#state.logProbabilities.forEach((log, token) => (out[token] = Math.exp(log)));
  }

  public read(token: number): void {
    const { vocabulary, isContinuous } = this.#options;
    const beginsAnew = token === vocabulary.endId && !isContinuous;
    this.#state = beginsAnew ? this.#begin() : this.#model.advance(this.#state, token);
  }

  #begin(): FamilyState {
    return this.#model.advance(this.#model.initialState(), this.#options.firstToken);
  }
}
