import { type Hypothesis, hypothesisBytes } from "./beamSearch.ts";
import { AS_CLAIMED, type Calibrate } from "../models/calibration/calibration.ts";
import { type Continuation, toContinuation } from "./continuation.ts";
import { decodeUtf8 } from "../base/utf8.ts";

/** What suggestions cost, in keystrokes. */
export interface SavingCosts {
  /** Accepting a right one; below 0 where being right is worth something in itself. */
  readonly acceptKeys: number;
  /** Looking at one, right or wrong. */
  readonly shownKeys: number;
}

/** A text that may be shown, and the keystrokes it saves on average, its costs taken off. */
export interface RankedEnd {
  readonly hypothesis: Hypothesis;
  readonly savedKeys: number;
}

export interface RankedEnds {
  /** The best first. */
  readonly ends: readonly RankedEnd[];
  /** Keystrokes saved on average where nothing is shown now but something may be after the next keys. */
  readonly savedWaiting: number;
}

/** A text that stops in the midst of a word has to be read as a fragment and finished by hand: fewer characters than these do not pay for it. */
const LEAST_CHARS_INSIDE_WORD = 4;

/** Keystrokes saved on average by offering `length` UTF-16 units that come next with `probability`, and nothing after them. */
export function expectedSaving(probability: number, length: number, costs: SavingCosts): number {
  return probability * (length - costs.acceptKeys) - costs.shownKeys;
}

/**
 * What each end of a search would save if it were shown now. The typist accepts a text when all of it is right, types on when it is not, and is
 * offered the best from then on, behind an accepted text too: so a text gets longer only while that is better than two short ones, and one that may
 * well be wrong waits for the next key where that tells more. The value of every text is worked out from those of the texts behind it, by backward
 * induction over the tree of the search (Bellman 1957); what lies beyond the search is worth nothing.
 *
 * A text may end behind a sign that is no letter, where a word ends, and at a piece's end inside a word once it is long enough; not at
 * white space, but for one space behind something that can be seen. Texts of several lines end where a line does.
 * @param hypotheses the whole result of a search, parents before children
 * @param calibrate what claims of the model are worth; what comes behind a text never gets more than the text
 */
export function rankEnds(
  hypotheses: readonly Hypothesis[],
  costs: SavingCosts,
  calibrate: Calibrate = AS_CLAIMED,
): RankedEnds {
  const plans = beginPlans(hypotheses, calibrate);
  for (let index = hypotheses.length - 1; index > 0; index--) {
    const hypothesis = hypotheses[index] as Hypothesis;
    const plan = plans.get(hypothesis) as Plan;
    settle(plan, costs);
    if (isEnd(hypothesis)) {
      plan.open.push({ plan, hypothesis, value: plan.best - costs.acceptKeys * plan.probability });
    }
    const parent = plans.get(hypothesis.parent as Hypothesis) as Plan;
    parent.waiting += plan.best;
    parent.children ??= [];
    parent.children.push({ plan, units: utf16Units(hypothesis.byte) });
  }
  const root = hypotheses[0];
  const plan = root === undefined ? undefined : plans.get(root);
  if (root === undefined || plan === undefined) {
    return { ends: [], savedWaiting: 0 };
  }
  settle(plan, costs);
  const ends = plan.open
    .map(({ hypothesis, value }) => ({ hypothesis, savedKeys: value / plan.probability - costs.shownKeys }))
    .sort((a, b) => b.savedKeys - a.savedKeys || a.hypothesis.byteLength - b.hypothesis.byteLength);
  return { ends, savedWaiting: plan.waiting / plan.probability };
}

/** Texts that are tried before giving up. */
const MAX_TRIED = 24;

/**
 * The first of the ranked ends, none the beginning of another.
 * @param fit what becomes of a text before it is shown; undefined where it must not be
 */
export function chooseEnds(
  ends: readonly RankedEnd[],
  count: number,
  fit: (continuation: Continuation) => Continuation | undefined,
): readonly Continuation[] {
  const chosen: { readonly hypothesis: Hypothesis; readonly fitted: Continuation }[] = [];
  let triedCount = 0;
  for (const { hypothesis } of ends) {
    if (chosen.length >= count || triedCount >= MAX_TRIED) {
      break;
    }
    if (
      chosen.some((other) => isBeginning(other.hypothesis, hypothesis) || isBeginning(hypothesis, other.hypothesis))
    ) {
      continue;
    }
    triedCount++;
    const fitted = fit(toContinuation(hypothesis));
    const isNew = (text: string): boolean =>
      !chosen.some((other) => other.fitted.text.startsWith(text) || text.startsWith(other.fitted.text));
    if (fitted !== undefined && isNew(fitted.text)) {
      chosen.push({ hypothesis, fitted });
    }
  }
  return chosen.map(({ fitted }) => fitted);
}

/** Whether the text of `shorter` is a beginning of the text of `longer`, or the same. */
function isBeginning(shorter: Hypothesis, longer: Hypothesis): boolean {
  let at: Hypothesis | undefined = longer;
  while (at !== undefined && at.byteLength > shorter.byteLength) {
    at = at.parent;
  }
  return at === shorter;
}

/** What is known of the texts behind one text; all values are times the probability of what they are of. */
interface Plan {
  /** Calibrated. */
  probability: number;
  /** Of all that was found behind it by one byte more. */
  childMass: number;
  children?: { readonly plan: Plan; readonly units: number }[];
  /** Ends behind this text and what showing each here would bring, but for the cost of showing. */
  open: { readonly plan: Plan; readonly hypothesis: Hypothesis; value: number }[];
  /** What showing nothing here brings. */
  waiting: number;
  /** What the better of showing and waiting brings. */
  best: number;
}

/** A plan for each text with its probability calibrated; where the texts behind one came to more than that one, all of them get less. */
function beginPlans(hypotheses: readonly Hypothesis[], calibrate: Calibrate): ReadonlyMap<Hypothesis, Plan> {
  const plans = new Map<Hypothesis, Plan>();
  for (const hypothesis of hypotheses) {
    const probability = calibrate(hypothesis.probability);
    plans.set(hypothesis, { probability, childMass: 0, open: [], waiting: 0, best: 0 });
    const parent = hypothesis.parent === undefined ? undefined : plans.get(hypothesis.parent);
    if (parent !== undefined) {
      parent.childMass += probability;
    }
  }
  if (calibrate === AS_CLAIMED) {
    return plans;
  }
  for (const hypothesis of hypotheses) {
    const parent = hypothesis.parent === undefined ? undefined : plans.get(hypothesis.parent);
    const plan = plans.get(hypothesis);
    if (parent !== undefined && plan !== undefined && parent.childMass > parent.probability) {
      const share = parent.probability / parent.childMass;
      plan.probability *= share;
    }
  }
  return plans;
}

/** Takes over the ends behind the children: those are longer by a character, and if another child comes they were wrong. */
function settle(plan: Plan, { shownKeys }: SavingCosts): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const { plan: child, units } of plan.children ?? []) {
    const elsewhere = plan.waiting - child.best;
    for (const end of child.open) {
      end.value += end.plan.probability * units + elsewhere;
      most = Math.max(most, end.value);
      plan.open.push(end);
    }
  }
  plan.best = Math.max(plan.waiting, most - shownKeys * plan.probability);
}

/** Whether a continuation may end here. */
function isEnd(hypothesis: Hypothesis): boolean {
  if (!hypothesis.isWholeCharacters) {
    return false;
  }
  if ((hypothesis.lineEnds ?? 0) > 0) {
    return !isSpace(hypothesis.byte) && hypothesis.byte !== LINE_FEED && isLineEndLikely(hypothesis);
  }
  if (isSpace(hypothesis.byte)) {
    const { parent, byte } = hypothesis;
    return byte === SPACE && parent !== undefined && parent.byteLength > 0 && !isSpace(parent.byte);
  }
  if (!isWordByte(hypothesis.byte) || isWordEndLikely(hypothesis)) {
    return true;
  }
  return hypothesis.isPieceEnd && utf16Length(hypothesis) >= LEAST_CHARS_INSIDE_WORD;
}

/** Whether the line is most probably complete as it stands. */
function isLineEndLikely({ probability, nextMasses }: Hypothesis): boolean {
  return nextMasses !== undefined && (nextMasses[LINE_FEED] as number) >= probability / 2;
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

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB;
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

/** UTF-16 units of the character that a byte begins; 0 for the bytes that go on with one. */
function utf16Units(byte: number): number {
  if (byte >= 0x80 && byte < 0xc0) {
    return 0;
  }
  return byte >= 0xf0 ? 2 : 1;
}

function utf16Length(hypothesis: Hypothesis): number {
  return decodeUtf8(hypothesisBytes(hypothesis)).length;
}
