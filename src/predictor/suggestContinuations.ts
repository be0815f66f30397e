import { beamSearch, type Hypothesis } from "../decoding/beamSearch.ts";
import { calibratedContinuation, type Continuation, shortened } from "../decoding/continuation.ts";
import type { Calibrate } from "../models/calibration/calibration.ts";
import { chooseEnds, rankEnds } from "../decoding/stopRule.ts";
import { coverTypedPrefix, DEFAULT_COVER_OPTIONS } from "../decoding/typedPrefix.ts";
import { type CaretPlace, lineSuffix } from "../suggestions/caretPlace.ts";
import { filterLines } from "../suggestions/filterLines.ts";
import { type GateSettings, passesGate, type WantedLength } from "../suggestions/gate.ts";
import type { CaretState } from "./documentContext.ts";

export interface SuggestOptions {
  readonly gate: GateSettings;
  /** What the model's claims are worth here. */
  readonly calibrate: Calibrate;
  /** Whether a suggestion may have several lines, where it is sure. */
  readonly isMultiline: boolean;
  /** Most suggestions wanted. */
  readonly count: number;
  /** How much of each is wanted where it would stand. */
  readonly wantedLength: WantedLength;
  /** Asked before every model step; once true the best found so far is offered. */
  readonly shouldStop: () => boolean;
}

/** What may be offered, best first; `silence` says why nothing is. */
export interface SuggestOutcome {
  readonly continuations: readonly Continuation[];
  readonly silence: "unsure" | "warmingUp" | "nothingLeft" | null;
}

const LINE_FEED = 0x0a;

/** Texts of one length that are gone on from. */
const BEAM_WIDTH = 6;

/** Longest suggestion, in UTF-8 bytes: in the line, and over lines. */
const MAX_SUGGESTION_BYTES = 120;
const MAX_MULTILINE_BYTES = 240;

/** Lines of a suggestion, the caret's included. */
const MAX_LINES = 4;

/** A wrong suggestion of several lines moves the text below about: it has to be surer than one in the line. */
const LEAST_MULTILINE_PROBABILITY = 0.6;

/** Token sequences that carry less of a text's probability are not followed; it is the most that a probability can be short by at each step. */
const SEARCH_TOLERANCE = 0.02;

/** From the model's state at the caret to what may be shown: search, stop rule, filters, gate. Yields after every model step. */
export function* suggestContinuations<S>(
  { tree, node, typedBytes }: CaretState<S>,
  place: CaretPlace,
  { gate, calibrate, isMultiline, count, wantedLength, shouldStop }: SuggestOptions,
): Generator<void, SuggestOutcome> {
  const front = yield* coverTypedPrefix(tree, { node, typedBytes }, { ...DEFAULT_COVER_OPTIONS, shouldStop });
  if (front.mass === 0) {
    return { continuations: [], silence: shouldStop() ? "warmingUp" : "unsure" };
  }
  // In the midst of a line what comes below would tear it apart.
  const maxLines = isMultiline && lineSuffix(place) === "" ? MAX_LINES : 1;
  const hypotheses = yield* beamSearch(tree, front, {
    width: BEAM_WIDTH,
    minProbability: gate.minProbability,
    maxBytes: maxLines > 1 ? MAX_MULTILINE_BYTES : MAX_SUGGESTION_BYTES,
    maxLines,
    tolerance: SEARCH_TOLERANCE,
    shouldStop,
  });
  const { ends, savedWaiting } = rankEnds(hypotheses, gate.costs, calibrate);
  const least = gate.isImpatient ? -Infinity : Math.max(savedWaiting, 0);
  const worthwhile = ends.filter(({ savedKeys }) => savedKeys >= least);
  const continuations = chooseEnds(worthwhile, count, (continuation) => {
    const claimed = shortened(continuation, filterLines(continuation.text, place, wantedLength).length);
    const kept = calibratedContinuation(claimed, calibrate);
    const isSure = !kept.text.includes("\n") || kept.probability >= LEAST_MULTILINE_PROBABILITY;
    return isSure && passesGate(kept.text, kept.probability, gate) ? kept : undefined;
  });
  if (continuations.length > 0) {
    return { continuations, silence: null };
  }
  return {
    continuations: [],
    silence: worthwhile.length > 0 || isLineEndLikely(hypotheses) ? "nothingLeft" : "unsure",
  };
}

/** Whether the line is most probably complete as it stands. */
function isLineEndLikely([empty]: readonly Hypothesis[]): boolean {
  return empty?.nextMasses !== undefined && (empty.nextMasses[LINE_FEED] as number) >= empty.probability / 2;
}
