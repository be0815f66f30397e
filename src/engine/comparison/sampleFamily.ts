import type { Rng } from "../../base/rng.ts";
import { sampleIndex } from "../../decoding/sampling.ts";
import { FamilyLanguageModel, type FamilyState } from "../../models/neural/family/familyLanguageModel.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";

export interface FamilySampleOptions {
  readonly vocabulary: AnyVocabulary;
  /** What is read first and not shown; default: START. */
  readonly firstToken?: number;
  /** Whether a text goes on behind END, as lines do; else the next one begins anew. */
  readonly isContinuous: boolean;
  readonly lengthTokens: number;
  readonly rng: Rng;
  /** 0 always takes the likeliest. */
  readonly temperature?: number;
}

/** Text that a model writes behind a first token; it goes on behind END as it does in training. */
export function sampleFamily(
  model: TrainableModel,
  {
    vocabulary,
    firstToken = vocabulary.startId,
    isContinuous,
    lengthTokens,
    rng,
    temperature = 0.8,
  }: FamilySampleOptions,
): string {
  const reader = new FamilyLanguageModel(model);
  const weights = new Float64Array(vocabulary.size);
  const tokens: number[] = [];
  const begin = (): FamilyState => reader.advance(reader.initialState(), firstToken);
  let state = begin();
  while (tokens.length < lengthTokens) {
    state.logProbabilities.forEach((log, token) => (weights[token] = Math.exp(log)));
    weights[vocabulary.startId] = 0;
    const token = sampleIndex(weights, { temperature, topK: Infinity, topP: 0.95, rng });
    tokens.push(token);
    state = token === vocabulary.endId && !isContinuous ? begin() : reader.advance(state, token);
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
