import { createRng, shuffle } from "../../base/rng.ts";
import { hunkCharacters, type LineRange, runText, type TypedHunk } from "./typedHunks.ts";
import { TypingPlace } from "./typingPlace.ts";

/** What is shown at a place: text behind the caret, never empty, and the probability that all of it comes next. */
export interface Offer {
  readonly text: string;
  readonly probability: number;
}

/** Something that suggests while somebody types. */
export interface Suggester {
  /** A run begins at `place`: its document was opened, and the caret set. */
  begin(place: TypingPlace, run: TypedRun): Promise<void> | void;
  /** What is shown at the caret, if anything. */
  suggest(place: TypingPlace): Promise<Offer | null> | Offer | null;
  /** `unit` is about to be put behind the caret, typed or completed. */
  learn(place: TypingPlace, unit: string): Promise<void> | void;
  /** The run ended at `place`. */
  end(place: TypingPlace, run: TypedRun): Promise<void> | void;
}

/** Consecutive typed lines and where they stand. */
export interface TypedRun extends LineRange {
  readonly hunk: TypedHunk;
  /** What is typed; ends with a line end unless the limit was reached in it. */
  readonly text: string;
}

/** What was shown at every character of a run. */
export interface RecordedRun {
  readonly run: TypedRun;
  /** One for each UTF-16 unit of the run's text: what is shown before it is typed. */
  readonly offers: readonly (Offer | null)[];
  /** How long each of them took to come. */
  readonly elapsedMs: Float64Array;
}

export interface RunsOptions {
  readonly seed: number;
  /** UTF-16 units in all. */
  readonly limit: number;
}

/** The runs of all hunks, hunks in an order that depends on the seed alone, cut after `limit` characters. */
export function selectRuns(hunks: readonly TypedHunk[], { seed, limit }: RunsOptions): readonly TypedRun[] {
  const runs = shuffle([...hunks], createRng(seed)).flatMap((hunk) =>
    hunk.runs.map((run) => ({ ...run, hunk, text: runText(hunk.lines, run) })),
  );
  return firstCharacters(runs, limit);
}

/** The runs of those hunks of which `selectRuns` takes nothing with these options, in the same order, whole. */
export function leftOverRuns(hunks: readonly TypedHunk[], options: RunsOptions): readonly TypedRun[] {
  const taken = new Set(selectRuns(hunks, options).map(({ hunk }) => hunk));
  return selectRuns(hunks, { ...options, limit: Infinity }).filter(({ hunk }) => !taken.has(hunk));
}

/** The beginning of some runs, the last cut where `limit` UTF-16 units are reached. */
export function firstCharacters(runs: readonly TypedRun[], limit: number): readonly TypedRun[] {
  let left = limit;
  return runs.flatMap((run) => {
    const text = run.text.slice(0, left);
    left -= text.length;
    return text === "" ? [] : [{ ...run, text }];
  });
}

/** UTF-16 units of some runs. */
export function charactersOf(runs: readonly TypedRun[]): number {
  return runs.reduce((sum, { text }) => sum + text.length, 0);
}

/** UTF-16 units that may be typed in all. */
export function typedCharacters(hunks: readonly TypedHunk[]): number {
  return hunks.reduce((sum, hunk) => sum + hunkCharacters(hunk), 0);
}

export interface RecordOptions {
  readonly suggester: Suggester;
  /** Milliseconds on any origin. */
  readonly nowMs: () => number;
  /** Told how many characters were typed; whoever wants to stop throws. */
  readonly onProgress: (characters: number) => void;
}

/** Types all runs and asks at every character. What is asked does not depend on what a typist would accept; see `scoreReplay`. */
export async function recordReplay(
  runs: readonly TypedRun[],
  { suggester, nowMs, onProgress }: RecordOptions,
): Promise<readonly RecordedRun[]> {
  const recorded: RecordedRun[] = [];
  let characters = 0;
  for (const run of runs) {
    const place = new TypingPlace(run.hunk, run);
    const offers: (Offer | null)[] = [];
    const elapsedMs = new Float64Array(run.text.length);
    await suggester.begin(place, run);
    for (let index = 0; index < run.text.length; index++) {
      const startedMs = nowMs();
      offers.push(await suggester.suggest(place));
      elapsedMs[index] = nowMs() - startedMs;
      const unit = run.text.charAt(index);
      await suggester.learn(place, unit);
      place.type(unit);
      onProgress(++characters);
    }
    await suggester.end(place, run);
    recorded.push({ run, offers, elapsedMs });
  }
  return recorded;
}
