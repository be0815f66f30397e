import type { RecordedRun } from "./recordReplay.ts";
import { type ReplaySums, scoreReplay, type TypistPolicy } from "./scoreReplay.ts";

/** What suggestions are worth to a typist. Shares are null where there was nothing to take a share of. */
export interface ReplayFigures {
  /** UTF-16 units of what was typed, line ends included. */
  readonly characters: number;
  readonly keystrokes: number;
  /** 1 − keystrokes / characters */
  readonly keystrokesSaved: number | null;
  /** 1 − (keystrokes + ½ shown) / characters: each thing shown costs half a key of attention. */
  readonly netSaved: number | null;
  /** Share of the characters that completion put in. */
  readonly completedRatio: number | null;
  readonly shown: number;
  readonly accepted: number;
  /** accepted / shown */
  readonly precision: number | null;
  /** Characters put in by an accepted suggestion, on average. */
  readonly acceptedLength: number | null;
}

/** One point of the precision–coverage curve: nothing less probable than `threshold` is shown. */
export interface CurvePoint {
  readonly threshold: number;
  /** Share of the places the typist came by where something was on the screen. */
  readonly coverage: number | null;
  readonly precision: number | null;
  readonly netSaved: number | null;
}

/** Milliseconds from asking to the answer. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Keys that the sight of a suggestion costs. */
const ATTENTION_KEYS = 0.5;

/** The figures that people compare, from sums over characters typed, keys pressed and suggestions shown; 0 where nothing was typed or shown. */
export function figuresOf({ characters, keystrokes, completed, shown, accepted }: ReplaySums): ReplayFigures {
  return {
    characters,
    keystrokes,
    keystrokesSaved: difference(share(keystrokes, characters)),
    netSaved: difference(share(keystrokes + ATTENTION_KEYS * shown, characters)),
    completedRatio: share(completed, characters),
    shown,
    accepted,
    precision: share(accepted, shown),
    acceptedLength: share(completed, accepted),
  };
}

/** The figures for every language, which is the extension of the file's name, or its whole name where it has none. */
export function figuresPerLanguage(
  runs: readonly RecordedRun[],
  policy: TypistPolicy,
): Readonly<Record<string, ReplayFigures>> {
  const byLanguage = new Map<string, RecordedRun[]>();
  for (const recorded of runs) {
    const language = languageOf(recorded.run.hunk.path);
    byLanguage.set(language, [...(byLanguage.get(language) ?? []), recorded]);
  }
  return Object.fromEntries(
    [...byLanguage]
      .map(([language, some]) => [language, figuresOf(scoreReplay(some, { minProbability: 0, policy }))] as const)
      .sort(([, a], [, b]) => b.characters - a.characters),
  );
}

/** Thresholds that the curve is drawn at. */
const THRESHOLDS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99];

/**
 * What would be if nothing below a probability were shown, from one recording: a gate behind everything else. What it hides comes
 * into sight when typing makes it likely enough.
 */
export function coverageCurve(runs: readonly RecordedRun[]): readonly CurvePoint[] {
  return THRESHOLDS.map((threshold) => {
    const sums = scoreReplay(runs, { minProbability: threshold, policy: "whole" });
    const { precision, netSaved } = figuresOf(sums);
    return { threshold, coverage: share(sums.covered, sums.places), precision, netSaved };
  });
}

/** Over every character of a recording. */
export function latencyOf(runs: readonly RecordedRun[]): LatencyFigures {
  const sorted = runs.flatMap(({ elapsedMs }) => [...elapsedMs]).sort((a, b) => a - b);
  const quantile = (portion: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(portion * sorted.length))] ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
}

function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1) : name;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function difference(value: number | null): number | null {
  return value === null ? null : 1 - value;
}
