import { expectedSaving, type SavingCosts } from "../decoding/stopRule.ts";
import { type CaretPlace, linePrefix, lineSuffix, trailingWord } from "./caretPlace.ts";

/** How sure a suggestion has to be before it is shown. */
export interface GateSettings {
  /** What showing and accepting cost, which decides what is worth it. */
  readonly costs: SavingCosts;
  /** Texts that come next with less probability are not looked for. */
  readonly minProbability: number;
  /** Whether something is shown though waiting for the next key may be better. */
  readonly isImpatient: boolean;
  /** Whether to speak in the midst of a word. */
  readonly isOpenInsideWords: boolean;
}

/** What people pay, in keystrokes: one to accept, and half of one to look at what is shown. */
const ACCEPT_KEYS = 1;
const SHOWN_KEYS = 0.5;

/** The share of suggestions that should be right, from the shyest to the most eager. */
const SHYEST_PRECISION = 0.95;
const EAGEREST_PRECISION = 0.35;

/**
 * While typing: one setting from 0, seldom and surely, to 1, whatever saves a key on average. Each suggestion that is right earns `worth` keys besides those it saves, and each
 * that is shown costs `worth` times the precision wanted: the Lagrangian of saving keys at a least precision. At ½ being right is worth two keys.
 * @param eagerness in [0, 1]
 */
export function automaticGate(eagerness: number): GateSettings {
  const worth = Math.min(MOST_WORTH, (2 * (1 - eagerness)) / Math.max(eagerness, 1 / MOST_WORTH));
  const precision = SHYEST_PRECISION + (EAGEREST_PRECISION - SHYEST_PRECISION) * eagerness;
  return {
    costs: { acceptKeys: ACCEPT_KEYS - worth, shownKeys: SHOWN_KEYS + precision * worth },
    minProbability: LEAST_PROBABILITY,
    isImpatient: false,
    isOpenInsideWords: false,
  };
}

const MOST_WORTH = 100;
/** Less is never worth it. */
const LEAST_PROBABILITY = 0.05;

/** What people meet who set nothing. */
export const DEFAULT_EAGERNESS = 0.5;

/** While typing, as people meet it. */
export const AUTOMATIC_GATE: GateSettings = automaticGate(DEFAULT_EAGERNESS);

/** On invoke: the user asked. */
export const EXPLICIT_GATE: GateSettings = {
  costs: { acceptKeys: 1, shownKeys: 0 },
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

/** Whether a text of this probability saves anything on average. */
export function passesGate(text: string, probability: number, { minProbability, costs }: GateSettings): boolean {
  return savesKeys(text) && probability >= minProbability && expectedSaving(probability, text.length, costs) >= 0;
}

/** Whether accepting a text saves a key at least, if it is right: what does not is typed as quickly. */
export function savesKeys(text: string): boolean {
  return text.length - ACCEPT_KEYS >= 1;
}
