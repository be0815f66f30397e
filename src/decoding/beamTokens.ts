import type { LanguageModel } from "../models/languageModel.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

export interface BeamTokenOptions {
  /** Continuations that are kept at each length, at least 1; 1 is greedy. */
  readonly width: number;
  readonly lengthTokens: number;
  /** Asked before every model step; once true, the best so far is the result. */
  readonly shouldStop: () => boolean;
}

interface Strand<S> {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  readonly state: S;
  /** Whether END came behind the tokens. */
  readonly isEnded: boolean;
}

/**
 * The tokens that a model writes where nothing is left to chance: of the continuations of each length the likeliest few go on, and the one with the most
 * probability a token wins (beam search with the score divided by the length, as in Wu et al. 2016, section 7, with α = 1). No token without bytes but END is written.
 * Yields after every model step.
 * @param state the model's state where the writing begins
 */
export function* beamTokens<S>(
  {
    model,
    vocabulary,
  }: { readonly model: LanguageModel<S>; readonly vocabulary: Pick<Vocabulary, "endId" | "pieceBytes"> },
  state: S,
  { width, lengthTokens, shouldStop }: BeamTokenOptions,
): Generator<void, readonly number[]> {
  const logProbabilities = new Float32Array(model.vocabularySize);
  const isWritten = Uint8Array.from(logProbabilities, (_, id) =>
    id === vocabulary.endId || vocabulary.pieceBytes(id).length > 0 ? 1 : 0,
  );
  let strands: readonly Strand<S>[] = [{ tokens: [], logProbability: 0, state, isEnded: false }];
  for (let length = 0; length < lengthTokens && strands.some(({ isEnded }) => !isEnded); length++) {
    const longer: { readonly from: Strand<S>; readonly token: number; readonly logProbability: number }[] = [];
    for (const from of strands) {
      if (from.isEnded) {
        continue;
      }
      if (shouldStop()) {
        return bestOf(strands);
      }
      model.logProbabilities(from.state, logProbabilities);
      for (const token of likeliest(logProbabilities, { isWritten, count: width })) {
        longer.push({ from, token, logProbability: from.logProbability + (logProbabilities[token] as number) });
      }
      yield;
    }
    const kept = longer.sort((a, b) => b.logProbability - a.logProbability).slice(0, width);
    const grown = kept.map(({ from, token, logProbability }): Strand<S> => {
      const isEnded = token === vocabulary.endId;
      return isEnded
        ? { ...from, logProbability, isEnded }
        : { tokens: [...from.tokens, token], logProbability, state: model.advance(from.state, token), isEnded };
    });
    const ended = strands.filter(({ isEnded }) => isEnded);
    strands = [...ended, ...grown].sort((a, b) => score(b) - score(a)).slice(0, width);
  }
  return bestOf(strands);
}

function bestOf<S>(strands: readonly Strand<S>[]): readonly number[] {
  const [first, ...others] = strands;
  return (
    others.reduce((best, each) => (best !== undefined && score(each) <= score(best) ? best : each), first)?.tokens ?? []
  );
}

/** ln p for each token, END among them. */
function score<S>({ tokens, logProbability, isEnded }: Strand<S>): number {
  return logProbability / Math.max(1, tokens.length + (isEnded ? 1 : 0));
}

/** The tokens of the largest values, the largest first. */
function likeliest(
  values: Float32Array,
  { isWritten, count }: { readonly isWritten: Uint8Array; readonly count: number },
): readonly number[] {
  const kept: number[] = [];
  for (let token = 0; token < values.length; token++) {
    const value = values[token] as number;
    const last = kept[count - 1];
    if (isWritten[token] === 0 || (last !== undefined && value <= (values[last] as number))) {
      continue;
    }
    const place = kept.findIndex((other) => value > (values[other] as number));
    kept.splice(place < 0 ? kept.length : place, 0, token);
    kept.length = Math.min(kept.length, count);
  }
  return kept;
}
