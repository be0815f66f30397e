import type { Foreseen } from "../models/calibration/fitCalibration.ts";
import type { MixtureModel, MixtureState } from "../models/mixture/mixtureModel.ts";

export interface Foresight {
  readonly model: MixtureModel;
  /** What comes next in truth; borrowed. */
  readonly actual: Uint16Array;
  /** Tokens that end a text before them: line ends and marks. */
  readonly isEnd: (token: number) => boolean;
}

/** Longest text, in tokens. */
const MOST_TOKENS = 8;
/** What is less probable is not shown, so that it need not be known how often it is right. */
const LEAST_PROBABILITY = 0.1;

/** What a reader who always goes on with the likeliest token foresees behind a state, token by token, and whether that comes true. Learns nothing. */
export function foresee(from: MixtureState, { model, actual, isEnd }: Foresight): readonly Foreseen[] {
  const logProbabilities = new Float32Array(model.vocabularySize);
  const texts: Foreseen[] = [];
  let state = from;
  let logProbability = 0;
  let isRight = true;
  for (let index = 0; index < MOST_TOKENS; index++) {
    model.logProbabilities(state, logProbabilities);
    const token = likeliest(logProbabilities);
    logProbability += logProbabilities[token] as number;
    const probability = Math.min(1, Math.exp(logProbability));
    if (isEnd(token) || probability < LEAST_PROBABILITY) {
      break;
    }
    isRight &&= actual[index] === token;
    texts.push({ probability, isRight });
    state = model.advance(state, token);
  }
  return texts;
}

function likeliest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) {
      best = index;
    }
  }
  return best;
}
