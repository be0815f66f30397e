import { encodeUtf8, decodeUtf8 } from "../base/utf8.ts";
import type { Calibrate } from "../models/calibration/calibration.ts";
import { type Hypothesis, hypothesisBytes } from "./beamSearch.ts";

/** A text to insert at the caret, with the probability of each of its beginnings. */
export interface Continuation {
  readonly text: string;
  /** Probability that all of `text` comes next. */
  readonly probability: number;
  /**
   * float64 [text.length + 1]: probability that the first n UTF-16 units come next; 1 for none. Inside a surrogate pair the
   * value is that of the text before the pair.
   */
  readonly probabilities: Float64Array;
}

/** The continuation that a hypothesis stands for. */
export function toContinuation(hypothesis: Hypothesis): Continuation {
  const text = decodeUtf8(hypothesisBytes(hypothesis));
  const byBytes = new Float64Array(hypothesis.byteLength + 1);
  for (let at: Hypothesis | undefined = hypothesis; at !== undefined; at = at.parent) {
    byBytes[at.byteLength] = at.probability;
  }
  const probabilities = new Float64Array(text.length + 1);
  let utf16Offset = 0;
  let byteOffset = 0;
  probabilities[0] = 1;
  for (const character of text) {
    byteOffset += encodeUtf8(character).length;
    if (character.length === 2) {
      probabilities[utf16Offset + 1] = probabilities[utf16Offset] as number;
    }
    utf16Offset += character.length;
    probabilities[utf16Offset] = byBytes[byteOffset] as number;
  }
  return { text, probability: hypothesis.probability, probabilities };
}

/** The first `length` UTF-16 units of a continuation. */
export function shortened({ text, probabilities }: Continuation, length: number): Continuation {
  return {
    text: text.slice(0, length),
    probability: probabilities[length] as number,
    probabilities: probabilities.slice(0, length + 1),
  };
}

/** A continuation whose probabilities are what the model's claims are worth. */
export function calibratedContinuation({ text, probabilities }: Continuation, calibrate: Calibrate): Continuation {
  const borneOut = probabilities.map(calibrate);
  return { text, probability: borneOut.at(-1) ?? 1, probabilities: borneOut };
}

/** What is left of a continuation once its first `length` UTF-16 units have come. */
export function continuationRest({ text, probability, probabilities }: Continuation, length: number): Continuation {
  const passed = probabilities[length] as number;
  return {
    text: text.slice(length),
    probability: probability / passed,
    probabilities: probabilities.slice(length).map((value) => value / passed),
  };
}
