import { charactersOf, firstCharacters, type RecordedRun, type TypedRun } from "../evaluation/replay/recordReplay.ts";
import { figuresOf } from "../evaluation/replay/replayFigures.ts";
import { scoreReplay } from "../evaluation/replay/scoreReplay.ts";

/** What a setting of the eagerness is worth on a sample of the typing. */
export interface EagernessPoint {
  readonly eagerness: number;
  readonly netSaved: number | null;
  readonly precision: number | null;
  readonly completedRatio: number | null;
}

/** Settings that are tried. */
const TRIED = [0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1];

/** Characters that each is tried on: enough to tell them apart, since all type the same. */
const SAMPLE_CHARACTERS = 6_000;

/** Whether a setting was chosen on other hunks than those it is then measured on. */
export type ChosenOn = "otherHunks" | "sameHunks";

export interface EagernessChoice {
  readonly best: number;
  readonly points: readonly EagernessPoint[];
  readonly chosenOn: ChosenOn;
}

export interface ChoiceRuns {
  /** What is typed and measured. */
  readonly typed: readonly TypedRun[];
  /** Of hunks of which nothing is typed, shuffled too. */
  readonly others: readonly TypedRun[];
}

/**
 * Tries settings, each with a predictor that has seen none of the runs: on the first of the others where these have as many characters as would
 * be tried of what is typed, so that the choice cannot flatter the measurement; else on the first of what is typed.
 */
export async function chooseEagerness(
  { typed, others }: ChoiceRuns,
  recordAt: (sample: readonly TypedRun[], eagerness: number) => Promise<readonly RecordedRun[]>,
): Promise<EagernessChoice> {
  const same = firstCharacters(typed, SAMPLE_CHARACTERS);
  const other = firstCharacters(others, SAMPLE_CHARACTERS);
  const chosenOn: ChosenOn = charactersOf(other) >= charactersOf(same) ? "otherHunks" : "sameHunks";
  const sample = chosenOn === "otherHunks" ? other : same;
  const points: EagernessPoint[] = [];
  for (const eagerness of TRIED) {
    const recording = await recordAt(sample, eagerness);
    const { netSaved, precision, completedRatio } = figuresOf(
      scoreReplay(recording, { minProbability: 0, policy: "whole" }),
    );
    points.push({ eagerness, netSaved, precision, completedRatio });
  }
  const best = points.reduce((a, b) => ((b.netSaved ?? -Infinity) > (a.netSaved ?? -Infinity) ? b : a));
  return { best: best.eagerness, points, chosenOn };
}
