import type { Offer, RecordedRun, TypedRun } from "./recordReplay.ts";

/**
 * How the typist takes suggestions: `whole`, with one key, when all of the text is what comes next; `words` also its leading words
 * that are right, one key each.
 */
export type TypistPolicy = "whole" | "words";

/** What is shown: nothing less probable than this. */
export interface ScoreOptions {
  readonly minProbability: number;
  readonly policy: TypistPolicy;
  /** Hears of every suggestion that was shown. */
  readonly onShown?: (suggestion: ShownSuggestion) => void;
}

/** A suggestion as it came on the screen, and what became of it. */
export interface ShownSuggestion {
  readonly run: TypedRun;
  /** UTF-16 units of the run that stood there already. */
  readonly offset: number;
  readonly offer: Offer;
  /** Whether all of it was what came next. */
  readonly isAccepted: boolean;
}

/** Keys and characters, added up. */
export interface ReplaySums {
  readonly characters: number;
  readonly keystrokes: number;
  /** Characters inserted by completion. */
  readonly completed: number;
  readonly shown: number;
  /** Suggestions that at least something was taken of. */
  readonly accepted: number;
  /** Places where something was on the screen, and all places the typist came by. */
  readonly covered: number;
  readonly places: number;
}

export const NO_REPLAY: ReplaySums = {
  characters: 0,
  keystrokes: 0,
  completed: 0,
  shown: 0,
  accepted: 0,
  covered: 0,
  places: 0,
};

/** Lets a typist type recorded runs. */
export function scoreReplay(runs: readonly RecordedRun[], options: ScoreOptions): ReplaySums {
  return runs.map((run) => scoreRun(run, options)).reduce(addSums, NO_REPLAY);
}

/** The sums of two replays as of one. */
export function addSums(a: ReplaySums, b: ReplaySums): ReplaySums {
  return {
    characters: a.characters + b.characters,
    keystrokes: a.keystrokes + b.keystrokes,
    completed: a.completed + b.completed,
    shown: a.shown + b.shown,
    accepted: a.accepted + b.accepted,
    covered: a.covered + b.covered,
    places: a.places + b.places,
  };
}

/** One run. A suggestion counts as shown once until it changes; getting shorter as it is typed is no change. */
export function scoreRun(recorded: RecordedRun, { minProbability, policy, onShown }: ScoreOptions): ReplaySums {
  const { run, offers } = recorded;
  const { text } = run;
  const sums = { ...NO_REPLAY, characters: text.length };
  /** What is left of the text on the screen. */
  let visible = "";
  let isPartlyTaken = false;
  for (let index = 0; index < text.length;) {
    sums.places++;
    const offer = offers[index] ?? null;
    const isShown = offer !== null && offer.probability >= minProbability;
    const length = isShown ? takenLength(offer.text, { text, index, policy }) : 0;
    if (isShown) {
      sums.covered++;
      if (offer.text !== visible) {
        sums.shown++;
        isPartlyTaken = false;
        onShown?.({ run, offset: index, offer, isAccepted: length === offer.text.length });
      }
    }
    visible = isShown ? offer.text : "";
    if (length > 0) {
      sums.accepted += isPartlyTaken ? 0 : 1;
      sums.completed += length;
      sums.keystrokes += length === visible.length ? 1 : wordEnds(visible).filter((end) => end <= length).length;
      isPartlyTaken = true;
      visible = visible.slice(length);
      index += length;
      continue;
    }
    sums.keystrokes++;
    visible = visible.startsWith(text.charAt(index)) ? visible.slice(1) : "";
    index++;
  }
  return sums;
}

/** How much of a suggestion the typist takes. */
function takenLength(
  suggested: string,
  { text, index, policy }: { readonly text: string; readonly index: number; readonly policy: TypistPolicy },
): number {
  if (text.startsWith(suggested, index)) {
    return suggested.length;
  }
  return policy === "whole"
    ? 0
    : (wordEnds(suggested).findLast((end) => text.startsWith(suggested.slice(0, end), index)) ?? 0);
}

/** Where VS Code's "accept next word" would stop, again and again: behind a word, and before one. */
function wordEnds(text: string): readonly number[] {
  const ends: number[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]*\s+|[^\p{L}\p{N}_\s]+/gu)) {
    ends.push(match.index + match[0].length);
  }
  return ends;
}
