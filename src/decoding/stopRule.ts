import { type Hypothesis, hypothesisBytes } from "./beamSearch.ts";
import { type Continuation, toContinuation } from "./continuation.ts";
import { decodeUtf8 } from "../base/utf8.ts";

/** What a suggestion costs, in keystrokes. */
export interface SavingCosts {
  /** Accepting a right one. */
  readonly acceptKeys: number;
  /** Looking at a wrong one. */
  readonly wrongKeys: number;
}

export const DEFAULT_SAVING_COSTS: SavingCosts = { acceptKeys: 1, wrongKeys: 1.5 };

/** A text that stops in the midst of a word has to be read as a fragment and finished by hand: fewer keys than these do not pay for it. */
const LEAST_KEYS_INSIDE_WORD = 3;

/** Keystrokes saved on average by offering `length` UTF-16 units that come next with `probability`. */
export function expectedSaving(probability: number, length: number, costs: SavingCosts = DEFAULT_SAVING_COSTS): number {
  return probability * savedWhenRight(length, costs) - costs.wrongKeys * (1 - probability);
}

/** Keystrokes saved by accepting `length` UTF-16 units that are right. */
export function savedWhenRight(length: number, { acceptKeys }: SavingCosts = DEFAULT_SAVING_COSTS): number {
  return length - acceptKeys;
}

/**
 * The continuations worth most among the texts of a search. A text may end behind a sign that is no letter, where a word ends, and at a
 * piece's end inside a word once it is long enough; the end with the highest expected saving wins, so that a continuation gets longer
 * only while the expectation grows.
 * @param hypotheses the whole result of a search
 * @returns at most `count`, the best first, none the beginning of another
 */
export function chooseEnds(
  hypotheses: readonly Hypothesis[],
  count: number,
  costs: SavingCosts = DEFAULT_SAVING_COSTS,
): readonly Continuation[] {
  const ends = hypotheses
    .filter((hypothesis) => isEnd(hypothesis, costs))
    .map((hypothesis) => ({
      hypothesis,
      saving: expectedSaving(hypothesis.probability, utf16Length(hypothesis), costs),
    }))
    .sort((a, b) => b.saving - a.saving || a.hypothesis.byteLength - b.hypothesis.byteLength);
  const chosen: Hypothesis[] = [];
  for (const { hypothesis } of ends) {
    if (chosen.length >= count) {
      break;
    }
    if (!chosen.some((other) => isBeginning(other, hypothesis) || isBeginning(hypothesis, other))) {
      chosen.push(hypothesis);
    }
  }
  return chosen.map(toContinuation);
}

/** Whether a continuation may end here. */
function isEnd(hypothesis: Hypothesis, costs: SavingCosts): boolean {
  if (hypothesis.byteLength === 0 || !hypothesis.isWholeCharacters) {
    return false;
  }
  if (!isWordByte(hypothesis.byte) || isWordEndLikely(hypothesis)) {
    return true;
  }
  return hypothesis.isPieceEnd && savedWhenRight(utf16Length(hypothesis), costs) >= LEAST_KEYS_INSIDE_WORD;
}

/** Whether most of what may come next is no letter, digit or underscore, a line end included. */
function isWordEndLikely({ probability, nextMasses }: Hypothesis): boolean {
  if (nextMasses === undefined) {
    return false;
  }
  let wordMass = 0;
  for (let byte = 0; byte < nextMasses.length; byte++) {
    if (isWordByte(byte)) {
      wordMass += nextMasses[byte] as number;
    }
  }
  return wordMass < probability / 2;
}

/** Bytes of characters beyond ASCII count as letters. */
function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f ||
    byte >= 0x80
  );
}

function utf16Length(hypothesis: Hypothesis): number {
  return decodeUtf8(hypothesisBytes(hypothesis)).length;
}

/** Whether the text of `shorter` is a beginning of the text of `longer`, or the same. */
function isBeginning(shorter: Hypothesis, longer: Hypothesis): boolean {
  let at: Hypothesis | undefined = longer;
  while (at !== undefined && at.byteLength > shorter.byteLength) {
    at = at.parent;
  }
  return at === shorter;
}
