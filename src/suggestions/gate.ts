import { expectedSaving, savedWhenRight } from "../decoding/stopRule.ts";
import { type CaretPlace, linePrefix, lineSuffix, trailingWord } from "./caretPlace.ts";

/** How sure a suggestion has to be before it is shown. */
export interface GateSettings {
  /** Least probability that all of it comes next. */
  readonly minProbability: number;
  /** Least expected saving, in keystrokes. */
  readonly minSavedKeys: number;
  /** Whether to speak in the midst of a word. */
  readonly isOpenInsideWords: boolean;
}

/**
 * While typing: one setting from 0, seldom and surely, to 1, whatever may save a key on average. At ½ a suggestion is worth a key at
 * least and more than two in five are right.
 * @param eagerness in [0, 1]
 */
export function automaticGate(eagerness: number): GateSettings {
  const shyness = 1 - eagerness;
  return { minProbability: 0.8 * shyness, minSavedKeys: 4 * shyness * shyness, isOpenInsideWords: false };
}

/** What people meet who set nothing. */
export const DEFAULT_EAGERNESS = 0.5;

/** While typing, as people meet it. */
export const AUTOMATIC_GATE: GateSettings = automaticGate(DEFAULT_EAGERNESS);

/** On invoke: the user asked. */
export const EXPLICIT_GATE: GateSettings = { minProbability: 0.02, minSavedKeys: -Infinity, isOpenInsideWords: true };

/** Whether anything at all may be offered here: asked before any work is done. */
export function isPlaceOpen(place: CaretPlace, { isOpenInsideWords }: GateSettings): boolean {
  return (
    isOpenInsideWords || trailingWord(linePrefix(place)) === "" || !/^[\p{L}\p{N}\p{M}_$]/u.test(lineSuffix(place))
  );
}

/** Whether a text of this probability is worth showing. */
export function passesGate(text: string, probability: number, { minProbability, minSavedKeys }: GateSettings): boolean {
  return savesKeys(text) && probability >= minProbability && expectedSaving(probability, text.length) >= minSavedKeys;
}

/** Whether accepting a text saves a key at least, if it is right: what does not is typed as quickly. */
export function savesKeys(text: string): boolean {
  return savedWhenRight(text.length) >= 1;
}
