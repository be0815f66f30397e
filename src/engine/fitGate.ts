import type { Clock } from "../base/ports.ts";
import { foresee } from "../evaluation/foresee.ts";
import { readDocument } from "../evaluation/readDocument.ts";
import type { Calibration } from "../models/calibration/calibration.ts";
import { fitCalibration, type ForeseenRun } from "../models/calibration/fitCalibration.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { LocalCounts } from "../models/counting/localCounts.ts";
import type { PlaceContexts } from "../models/counting/placeContexts.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import { MixtureModel } from "../models/mixture/mixtureModel.ts";
import type { RecurrentState } from "../models/neural/recurrentKernel.ts";

/** What is learnt about the mixture of a model. */
export interface FittedGate {
  readonly gate: GateParameters;
  /** Null where there was too little text. */
  readonly calibration: Calibration | null;
}

export interface HeldOutDocument {
  readonly tokens: Uint16Array;
  readonly language: string;
}

export interface GateFit {
  readonly lstm: BatchLanguageModel<RecurrentState>;
  readonly startId: number;
  /** How similar places of a document are found. */
  readonly placeContexts: PlaceContexts;
  /** What the fit begins with; null for the default. */
  readonly gate: GateParameters | null;
  /** What the network was trained on: the counts are of it. */
  readonly training: readonly Uint16Array[];
  /** What none of the experts has seen. */
  readonly heldOut: readonly HeldOutDocument[];
  /** Whether a suggestion ends before a token. */
  readonly isTextEnd: (token: number) => boolean;
  /** By `Clock.nowMs`; null for no deadline. */
  readonly deadlineMs: number | null;
}

export interface FitContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pause: () => Promise<void>;
  /** @param fraction in [0, 1] */
  readonly onProgress: (fraction: number) => void;
}

/** Tokens read at most; by then the weights have long settled. */
const MOST_TOKENS = 30_000;
/** Of one document, so that there are many. */
const DOCUMENT_TOKENS = 2_000;
/** Until then the mixture still learns whom to trust: what it claims is not what it will. */
const SETTLING_TOKENS = 1_000;
/** Every so many tokens it is asked what comes next, and over. */
const FORESEE_TOKENS = 12;
/** Tokens, or documents counted, between two looks at the time. */
const PAUSE_TOKENS = 32;
const PAUSE_DOCUMENTS = 64;
/** Even steps through a list that come to all of its parts early (Weyl's sequence of the golden ratio). */
const GOLDEN = 0.618_033_988_749_895;

/**
 * How far to trust the experts, learnt by reading held-out documents as an editor would, and how often what they foresee together comes true; null where the time was over before anything
 * was read, or the run was cancelled.
 */
export async function fitGate(fit: GateFit, context: FitContext): Promise<FittedGate | null> {
  const { lstm, startId, placeContexts, gate, deadlineMs } = fit;
  const { clock, signal, pause, onProgress } = context;
  const isOver = (): boolean => signal.aborted || (deadlineMs !== null && clock.nowMs() >= deadlineMs);
  const vocabularySize = lstm.vocabularySize;
  const counts = new CountIndex({ vocabularySize, startId });
  for (const [index, document] of fit.training.entries()) {
    counts.learn(document);
    if (index % PAUSE_DOCUMENTS === 0) {
      await pause();
      if (isOver()) {
        return null;
      }
    }
  }
  const local = new LocalCounts({ vocabularySize, startId, placeContexts });
  const model = new MixtureModel({ vocabularySize, startId, counts, local, lstm, gate });
  const runs: ForeseenRun[] = [];
  const result = (): FittedGate => ({ gate: model.gate, calibration: fitCalibration(runs) });
  const reader = { model, startId, counts, local, isLearning: true };
  const total = Math.min(
    MOST_TOKENS,
    fit.heldOut.reduce((sum, { tokens }) => sum + Math.min(tokens.length, DOCUMENT_TOKENS), 0),
  );
  let read = 0;
  for (const { tokens, language } of spread(fit.heldOut)) {
    const document = tokens.subarray(0, DOCUMENT_TOKENS);
    let place = 0;
    for (const { state, token } of readDocument(document, reader)) {
      read++;
      place++;
      if (read > SETTLING_TOKENS && read % FORESEE_TOKENS === 0) {
        const actual = document.subarray(place);
        const texts = foresee(model.advance(state, token), { model, actual, isEnd: fit.isTextEnd });
        runs.push(...(texts.length === 0 ? [] : [{ language, texts }]));
      }
      if (read % PAUSE_TOKENS === 0) {
        onProgress(read / total);
        await pause();
        if (signal.aborted) {
          return null;
        }
        if (isOver() || read >= MOST_TOKENS) {
          return result();
        }
      }
    }
  }
  return read === 0 ? null : result();
}

/** The documents in an order in which every beginning is an even selection. */
function spread(documents: readonly HeldOutDocument[]): readonly HeldOutDocument[] {
  return documents
    .map((document, index) => ({ document, place: (index * GOLDEN) % 1 }))
    .sort((left, right) => left.place - right.place)
    .map(({ document }) => document);
}
