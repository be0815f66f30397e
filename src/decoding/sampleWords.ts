import type { LanguageModel } from "../models/languageModel.ts";
import type { WordVocabulary } from "../tokens/wordVocabulary.ts";
import { beamTokens } from "./beamTokens.ts";
import type { SampleOptions } from "./sampleText.ts";
import { sampleTokens } from "./sampling.ts";

/**
 * Samples what a model of words writes after a prompt, as `sampleText` does one of pieces. The prompt's last word is taken as whole, and words that are not known
 * are never written. Yields after every model step.
 * @returns the text behind the prompt
 */
export function* sampleWords<S>(
  { model, vocabulary }: { readonly model: LanguageModel<S>; readonly vocabulary: WordVocabulary },
  { prompt, lengthTokens, sampler, beamWidth, onText, shouldStop }: SampleOptions,
): Generator<void, string> {
  let state = model.advance(model.initialState(), vocabulary.startId);
  for (const token of vocabulary.encode(prompt)) {
    if (shouldStop()) {
      return "";
    }
    state = model.advance(state, token);
    yield;
  }
  let text = "";
  let space = /(?:^|\s)$/u.test(prompt) ? "" : " ";
  const emit = (token: number): void => {
    const part = `${space}${vocabulary.decode([token])}`;
    text += part;
    space = " ";
    onText(part);
  };
  if (beamWidth !== null) {
    const options = { width: beamWidth, lengthTokens, shouldStop };
    (yield* beamTokens({ model, vocabulary }, state, options)).forEach(emit);
    return text;
  }
  let count = 0;
  for (const token of sampleTokens({ model, vocabulary }, state, sampler)) {
    if (count++ >= lengthTokens || shouldStop()) {
      break;
    }
    emit(token);
    yield;
  }
  return text;
}
