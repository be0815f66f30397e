import type { RecordedRun, TypedRun } from "../evaluation/replay/recordReplay.ts";
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

/** Tries settings on the first of the shuffled runs, each with a predictor that has seen none of them. */
export async function chooseEagerness(
  runs: readonly TypedRun[],
  recordAt: (sample: readonly TypedRun[], eagerness: number) => Promise<readonly RecordedRun[]>,
): Promise<{ readonly best: number; readonly points: readonly EagernessPoint[] }> {
  const sample: TypedRun[] = [];
  let characters = 0;
  for (const run of runs) {
    if (characters < SAMPLE_CHARACTERS) {
      sample.push(run);
      characters += run.text.length;
    }
  }
  const points: EagernessPoint[] = [];
  for (const eagerness of TRIED) {
    const recording = await recordAt(sample, eagerness);
    const { netSaved, precision, completedRatio } = figuresOf(
      scoreReplay(recording, { minProbability: 0, policy: "whole" }),
    );
    points.push({ eagerness, netSaved, precision, completedRatio });
  }
  const best = points.reduce((a, b) => ((b.netSaved ?? -Infinity) > (a.netSaved ?? -Infinity) ? b : a));
  return { best: best.eagerness, points };
}
