import { expectedSaving, type SavingCosts } from "../decoding/stopRule.ts";
import { type CaretPlace, linePrefix, lineSuffix, trailingWord } from "./caretPlace.ts";
import { lengthBeforeParts, type SyntaxPart, syntaxPart } from "./syntaxPart.ts";

/** How sure a suggestion has to be before it is shown. */
export interface GateSettings {
  /** What showing and accepting cost, which decides what is worth it. */
  readonly costs: SavingCosts;
  /** Texts that come next with less probability are not looked for. */
  readonly minProbability: number;
  /** Whether something is shown though it may not be worth its costs, or waiting for the next key may be better. */
  readonly isImpatient: boolean;
  /** Whether to speak in the midst of a word. */
  readonly isOpenInsideWords: boolean;
}

/** The key that accepts. */
const ACCEPT_KEYS = 1;
/** What being right is worth besides the keys it saves: a reader's trust. With the key that accepts it comes to nothing. */
const RIGHT_KEYS = 1;

/** What looking at a suggestion costs the most eager and the shyest. */
const LEAST_SHOWN_KEYS = 1.05;
const MOST_SHOWN_KEYS = 3.35;

/** Below this, nothing is worth it; and what the shyest still shows. */
const LEAST_PROBABILITY = 0.05;
const SHYEST_PROBABILITY = 0.75;
/** More is never asked for. */
const MOST_PROBABILITY = 0.9;

/**
 * While typing: one setting from 0, seldom, long and surely, to 1, whatever saves keys on average. A text of L characters that comes next with probability p is
 * worth p · L, and looking at it costs between one key and over three, so that the shyer it is the longer or surer the texts that it shows. At 1 the cost is that at
 * which the most keys are saved while two suggestions in three are right, where looking costs a typist half a key; `docs/benchmarks.md` has the curve.
 * @param eagerness in [0, 1]
 * @param share how much more or less of what suggestions claim is to be believed than is usual (see `AcceptanceMemory`): to believe half is to pay twice
 */
export function automaticGate(eagerness: number, share = 1): GateSettings {
  const shyness = 1 - eagerness;
  return {
    costs: {
      acceptKeys: ACCEPT_KEYS - RIGHT_KEYS,
      shownKeys: (LEAST_SHOWN_KEYS + (MOST_SHOWN_KEYS - LEAST_SHOWN_KEYS) * shyness) / share,
    },
    minProbability: Math.min(
      MOST_PROBABILITY,
      (LEAST_PROBABILITY + (SHYEST_PROBABILITY - LEAST_PROBABILITY) * shyness * shyness) / share,
    ),
    isImpatient: false,
    isOpenInsideWords: false,
  };
}

/** What people meet who set nothing. */
export const DEFAULT_EAGERNESS = 0.5;

/** While typing, as people meet it. */
export const AUTOMATIC_GATE: GateSettings = automaticGate(DEFAULT_EAGERNESS);

/** On invoke: the user asked, and would have to ask again behind a text that is too short. */
export const EXPLICIT_GATE: GateSettings = {
  costs: { acceptKeys: ACCEPT_KEYS, shownKeys: 2 },
  minProbability: 0.02,
  isImpatient: true,
  isOpenInsideWords: true,
};

/** Whether anything at all may be offered here: asked before any work is done. */
export function isPlaceOpen(place: CaretPlace, { isOpenInsideWords }: GateSettings): boolean {
  return (
    isOpenInsideWords || trailingWord(linePrefix(place)) === "" || !/^[\p{L}\p{N}\p{M}_$]/u.test(lineSuffix(place))
  );
}

/** Where the user wants to be left alone. */
export interface SilencePreferences {
  /** The editor's id of the language; without it nothing is known of comments and strings. */
  readonly languageId?: string;
  readonly silentIn?: readonly SyntaxPart[];
}

/** Whether the caret is where the user wants nothing at all, be it asked for or not. */
export function isPlaceUnwanted(place: CaretPlace, { languageId, silentIn = [] }: SilencePreferences): boolean {
  return languageId !== undefined && silentIn.length > 0 && silentIn.includes(syntaxPart(place.before, languageId));
}

/** How much of a text, in UTF-16 units from its beginning, is wanted where it would stand. */
export type WantedLength = (text: string) => number;

/** How much is wanted of texts at a place: up to where they run into a part in which the user wants nothing. What stands before the caret is read once for all texts. */
export function wantedLength(place: CaretPlace, { languageId, silentIn = [] }: SilencePreferences): WantedLength {
  return languageId === undefined || silentIn.length === 0
    ? ({ length }) => length
    : lengthBeforeParts(place.before, languageId, silentIn);
}

/** Whether a text of this probability is worth showing. */
export function passesGate(
  text: string,
  probability: number,
  { minProbability, costs, isImpatient }: GateSettings,
): boolean {
  const isWorthIt = isImpatient || expectedSaving(probability, text.length, costs) >= 0;
  return savesKeys(text) && probability >= minProbability && isWorthIt;
}

/** Whether accepting a text saves a key at least, if it is right: what does not is typed as quickly. */
export function savesKeys(text: string): boolean {
  return text.length - ACCEPT_KEYS >= 1;
}
