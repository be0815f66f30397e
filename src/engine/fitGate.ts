import type { Clock } from "../base/ports.ts";
import { foresee } from "../evaluation/foresee.ts";
import { readDocument } from "../evaluation/readDocument.ts";
import { type PlacedDocument, Surroundings } from "../evaluation/surroundings.ts";
import type { Calibration } from "../models/calibration/calibration.ts";
import { fitCalibration, type ForeseenRun } from "../models/calibration/fitCalibration.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { LocalCounts } from "../models/counting/localCounts.ts";
import { Neighbourhood } from "../models/counting/neighbourhood.ts";
import { PlaceContexts } from "../models/counting/placeContexts.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import { MixtureModel } from "../models/mixture/mixtureModel.ts";
import { tokenKinds } from "../models/mixture/tokenKinds.ts";
import type { RecurrentState } from "../models/neural/recurrentKernel.ts";

/** What is learnt about the mixture of a model. */
export interface FittedGate {
  readonly gate: GateParameters;
  /** Null where there was too little text. */
  readonly calibration: Calibration | null;
}

export interface HeldOutDocument extends PlacedDocument {
  readonly language: string;
}

export interface GateFit {
  readonly lstm: BatchLanguageModel<RecurrentState>;
  readonly startId: number;
  /** Of the tokens [V]. */
  readonly texts: readonly string[];
  /** What the fit begins with; null for the default. */
  readonly gate: GateParameters | null;
  /** What the network was trained on: the counts are of it. */
  readonly training: readonly PlacedDocument[];
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
  const { startId, deadlineMs } = fit;
  const { clock, signal, pause, onProgress } = context;
  const isOver = (): boolean => signal.aborted || (deadlineMs !== null && clock.nowMs() >= deadlineMs);
  const { model, counts, local, surroundings } = createReader(fit);
  for (const [index, { tokens }] of fit.training.entries()) {
    counts.learn(tokens);
    if (index % PAUSE_DOCUMENTS === 0) {
      await pause();
      if (isOver()) {
        return null;
      }
    }
  }
  const runs: ForeseenRun[] = [];
  const result = (): FittedGate => ({ gate: model.gate, calibration: fitCalibration(runs) });
  const reader = { model, startId, counts, local, isLearning: true };
  const total = Math.min(
    MOST_TOKENS,
    fit.heldOut.reduce((sum, { tokens }) => sum + Math.min(tokens.length, DOCUMENT_TOKENS), 0),
  );
  let read = 0;
  for (const { path, tokens, language } of spread(fit.heldOut)) {
    const document = tokens.subarray(0, DOCUMENT_TOKENS);
    for (const work = surroundings.enter({ path, tokens }); work.next().done !== true;) {
      await pause();
      if (isOver()) {
        return signal.aborted || read === 0 ? null : result();
      }
    }
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
    surroundings.leave({ path, tokens: document });
  }
  return read === 0 ? null : result();
}

/** A mixture that knows nothing yet, with what it counts in. */
function createReader({ lstm, startId, texts, gate, training }: GateFit): {
  readonly model: MixtureModel;
  readonly counts: CountIndex;
  readonly local: LocalCounts;
  readonly surroundings: Surroundings;
} {
  const sizes = { vocabularySize: lstm.vocabularySize, startId };
  const placeContexts = new PlaceContexts(texts);
  const counts = new CountIndex(sizes);
  const local = new LocalCounts({ ...sizes, placeContexts });
  const near = new Neighbourhood({ ...sizes, placeContexts });
  const model = new MixtureModel({ ...sizes, counts, local, near, lstm, gate, kinds: tokenKinds(texts) });
  return { model, counts, local, surroundings: new Surroundings(near, training) };
}

/** An even selection of the documents, as many as are read, folder by folder: what is near changes little from one to the next. */
function spread(documents: readonly HeldOutDocument[]): readonly HeldOutDocument[] {
  const ordered = documents
    .map((document, index) => ({ document, place: (index * GOLDEN) % 1 }))
    .sort((left, right) => left.place - right.place);
  const folders = new Map<string, HeldOutDocument[]>();
  let tokens = 0;
  for (const { document } of ordered) {
    if (tokens >= MOST_TOKENS) {
      break;
    }
    tokens += Math.min(document.tokens.length, DOCUMENT_TOKENS);
    const folder = (document.path ?? "").replace(/[^/\\]*$/, "");
    const others = folders.get(folder);
    if (others === undefined) {
      folders.set(folder, [document]);
    } else {
      others.push(document);
    }
  }
  return [...folders.values()].flat();
}
