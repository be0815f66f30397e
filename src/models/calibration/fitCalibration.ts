import { type Calibration, type CalibrationMap, logOdds } from "./calibration.ts";

/** A text that was foreseen, and what came of it. */
export interface Foreseen {
  /** That all of the text comes next, in [0, 1]. */
  readonly probability: number;
  readonly isRight: boolean;
}

/** Texts that were foreseen at one place, each the one before and a token more: together they count once. */
export interface ForeseenRun {
  readonly language: string;
  readonly texts: readonly Foreseen[];
}

/** Of slope and offset alike: how strongly all languages together are held to claims as they are, and a language to all together. */
const COMMON_STRENGTH = 20;
const LANGUAGE_STRENGTH = 40;

/** A language with fewer runs would hardly differ from all together. */
const LEAST_RUNS = 100;
/** With fewer, claims are taken as they are. */
const LEAST_RUNS_IN_ALL = 50;

/** Beyond, a claim counts as this far from even. */
const MOST_LOG_ODDS = 9;

/** More certain claims never count less. */
const LEAST_SLOPE = 0.2;
const MOST_SLOPE = 5;
const MOST_OFFSET = 3;

const NEWTON_STEPS = 20;

/**
 * Fits what is claimed to what comes true: logistic regression on the log odds of the claim (Platt 1999), with a normal prior around claims as they are,
 * and for each language around that of all together, so that a language differs as far as there is text to show it. Null for too few runs.
 */
export function fitCalibration(runs: readonly ForeseenRun[]): Calibration | null {
  if (runs.length < LEAST_RUNS_IN_ALL) {
    return null;
  }
  const all = fitMap(runs, { prior: { slope: 1, offset: 0 }, strength: COMMON_STRENGTH });
  const languages: Record<string, CalibrationMap> = {};
  for (const [language, own] of byLanguage(runs)) {
    if (language !== "" && own.length >= LEAST_RUNS) {
      languages[language] = fitMap(own, { prior: all, strength: LANGUAGE_STRENGTH });
    }
  }
  return { all, languages };
}

function byLanguage(runs: readonly ForeseenRun[]): ReadonlyMap<string, readonly ForeseenRun[]> {
  const groups = new Map<string, ForeseenRun[]>();
  for (const run of runs) {
    const group = groups.get(run.language) ?? [];
    group.push(run);
    groups.set(run.language, group);
  }
  return groups;
}

interface MapPrior {
  readonly prior: CalibrationMap;
  readonly strength: number;
}

/** Newton's method on the penalized likelihood, which has one summit; rounded to four digits, as it goes to disk. */
function fitMap(runs: readonly ForeseenRun[], { prior, strength }: MapPrior): CalibrationMap {
  let { slope, offset } = prior;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let slopeGradient = strength * (slope - prior.slope);
    let offsetGradient = strength * (offset - prior.offset);
    let slopeCurvature = strength;
    let offsetCurvature = strength;
    let crossCurvature = 0;
    for (const { texts } of runs) {
      const weight = 1 / texts.length;
      for (const { probability, isRight } of texts) {
        const claim = clamp(logOdds(probability), MOST_LOG_ODDS);
        const expected = 1 / (1 + Math.exp(-(slope * claim + offset)));
        const error = weight * (expected - (isRight ? 1 : 0));
        const curvature = weight * expected * (1 - expected);
        slopeGradient += error * claim;
        offsetGradient += error;
        slopeCurvature += curvature * claim * claim;
        crossCurvature += curvature * claim;
        offsetCurvature += curvature;
      }
    }
    const determinant = slopeCurvature * offsetCurvature - crossCurvature * crossCurvature;
    slope -= (offsetCurvature * slopeGradient - crossCurvature * offsetGradient) / determinant;
    offset -= (slopeCurvature * offsetGradient - crossCurvature * slopeGradient) / determinant;
    slope = Math.min(MOST_SLOPE, Math.max(LEAST_SLOPE, slope));
    offset = clamp(offset, MOST_OFFSET);
  }
  return { slope: Math.round(slope * 1e4) / 1e4, offset: Math.round(offset * 1e4) / 1e4 };
}

/** Of the bounds that float64 gives for what is claimed for sure, too. */
function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}
