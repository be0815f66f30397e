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

export const DEFAULT_SAVING_COSTS: SavingCosts = { acceptKeys: 0.5, wrongKeys: 1.5 };

/** Keystrokes saved on average by offering `length` UTF-16 units that come next with `probability`. */
export function expectedSaving(probability: number, length: number, costs: SavingCosts = DEFAULT_SAVING_COSTS): number {
  return probability * (length - costs.acceptKeys) - costs.wrongKeys * (1 - probability);
}

/**
 * The continuations worth most among the texts of a search. A text may end where a piece, a word or the line ends; the end with the
 * highest expected saving wins, so that a continuation gets longer only while the expectation grows.
 * @param hypotheses the whole result of a search
 * @returns at most `count`, the best first, none the beginning of another
 */
export function chooseEnds(
  hypotheses: readonly Hypothesis[],
  count: number,
  costs: SavingCosts = DEFAULT_SAVING_COSTS,
): readonly Continuation[] {
  const ends = hypotheses
    .filter(isEnd)
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
function isEnd(hypothesis: Hypothesis): boolean {
  if (hypothesis.byteLength === 0 || !hypothesis.isWholeCharacters) {
    return false;
  }
  return hypothesis.isPieceEnd || !isWordByte(hypothesis.byte) || isWordEndLikely(hypothesis);
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
