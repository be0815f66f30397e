import type { CountIndex } from "../models/counting/countIndex.ts";
import type { LocalCounts } from "../models/counting/localCounts.ts";
import type { ExpertProbabilities, MixtureModel, MixtureState } from "../models/mixture/mixtureModel.ts";

/** A reader and what it remembers by. */
export interface Reader {
  readonly model: MixtureModel;
  readonly startId: number;
  /** What the model reads of as the workspace; null for none. */
  readonly counts: CountIndex | null;
  /** What the model reads of as its own document; null for none. */
  readonly local: LocalCounts | null;
  /** Whether the reader learns from what it has read: counts, caches and how far to trust whom. */
  readonly isLearning: boolean;
}

/** A token that was read, and how it was foreseen. */
export interface ReadToken {
  readonly token: number;
  /** Before it was read. */
  readonly state: MixtureState;
  /** Natural-log probabilities [V] before it was read; borrowed until the next one. */
  readonly logProbabilities: Float32Array;
  /** What it was given, by the mixture and by its parts. */
  readonly probabilities: ExpertProbabilities;
}

/**
 * Reads a document as an editor would meet it being written: each token is predicted, then shown, then learnt, and the whole is
 * counted into the workspace at its end. Whoever stops early leaves it uncounted there.
 * @param tokens without START, with END; borrowed
 */
export function* readDocument(
  tokens: Uint16Array,
  { model, startId, counts, local, isLearning }: Reader,
): Generator<ReadToken, void> {
  local?.clear();
  const logProbabilities = new Float32Array(model.vocabularySize);
  let state = model.advance(model.initialState(), startId);
  for (const token of tokens) {
    model.logProbabilities(state, logProbabilities);
    const probabilities = isLearning ? model.observe(state, token) : model.assess(state, token);
    if (isLearning) {
      local?.learn(state.history, token);
    }
    yield { token, state, logProbabilities, probabilities };
    state = model.advance(state, token);
  }
  if (isLearning) {
    counts?.learn(tokens);
  }
}
