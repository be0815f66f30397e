import { expectedSaving } from "../decoding/stopRule.ts";
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

/** While typing: right more often than not, and worth a key at least. */
export const AUTOMATIC_GATE: GateSettings = { minProbability: 0.4, minSavedKeys: 1, isOpenInsideWords: false };

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
  return text !== "" && probability >= minProbability && expectedSaving(probability, text.length) >= minSavedKeys;
}
