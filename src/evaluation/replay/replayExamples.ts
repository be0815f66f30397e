import type { RecordedRun } from "./recordReplay.ts";
import { scoreReplay, type ShownSuggestion } from "./scoreReplay.ts";

/** A suggestion where it stood. */
export interface ReplayExample {
  readonly path: string;
  /** Of the caret, from 1. */
  readonly line: number;
  /** The lines above, at most a few. */
  readonly above: readonly string[];
  /** The caret's line up to the caret. */
  readonly prefix: string;
  readonly suggested: string;
  /** What came next in that line. */
  readonly written: string;
  readonly probability: number;
}

export interface ReplayExamples {
  /** Taken, those that saved most first. */
  readonly best: readonly ReplayExample[];
  /** Wrong, those that were surest first. */
  readonly worst: readonly ReplayExample[];
  /** Wrong from the first character, in the order in which they came: what most mistakes look like. */
  readonly usual: readonly ReplayExample[];
}

const EXAMPLE_COUNT = 12;
const LINES_ABOVE = 4;

/** Telling suggestions of a recording, no text twice. */
export function findExamples(runs: readonly RecordedRun[]): ReplayExamples {
  const shown: ShownSuggestion[] = [];
  scoreReplay(runs, { minProbability: 0, policy: "whole", onShown: (suggestion) => shown.push(suggestion) });
  const wrong = shown.filter(({ isAccepted }) => !isAccepted);
  const atOnce = wrong.filter(({ run, offset, offer }) => run.text.charAt(offset) !== offer.text.charAt(0));
  return {
    best: firstDistinct(
      shown.filter(({ isAccepted }) => isAccepted).sort((a, b) => b.offer.text.length - a.offer.text.length),
    ),
    worst: firstDistinct([...wrong].sort((a, b) => b.offer.probability - a.offer.probability)),
    usual: firstDistinct(
      atOnce.filter((_, index) => index % Math.max(1, Math.floor(atOnce.length / EXAMPLE_COUNT)) === 0),
    ),
  };
}

function firstDistinct(shown: readonly ShownSuggestion[]): readonly ReplayExample[] {
  const byText = new Map<string, ShownSuggestion>();
  for (const suggestion of shown) {
    if (byText.size >= EXAMPLE_COUNT) {
      break;
    }
    if (!byText.has(suggestion.offer.text)) {
      byText.set(suggestion.offer.text, suggestion);
    }
  }
  return [...byText.values()].map(toExample);
}

function toExample({ run, offset, offer }: ShownSuggestion): ReplayExample {
  const { hunk, from, text } = run;
  const lines = [...hunk.lines.slice(Math.max(0, from - LINES_ABOVE), from), ...text.slice(0, offset).split("\n")];
  const lineEnd = text.indexOf("\n", offset);
  return {
    path: hunk.path,
    line: from + text.slice(0, offset).split("\n").length,
    above: lines.slice(-1 - LINES_ABOVE, -1),
    prefix: lines.at(-1) ?? "",
    suggested: offer.text,
    written: text.slice(offset, lineEnd < 0 ? undefined : lineEnd),
    probability: offer.probability,
  };
}
