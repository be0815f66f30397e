import type { Clock } from "../base/ports.ts";
import { readDocument } from "../evaluation/readDocument.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { LocalCounts } from "../models/counting/localCounts.ts";
import type { PlaceContexts } from "../models/counting/placeContexts.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import { MixtureModel } from "../models/mixture/mixtureModel.ts";
import type { RecurrentState } from "../models/neural/recurrentKernel.ts";

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
  readonly heldOut: readonly Uint16Array[];
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
/** Tokens, or documents counted, between two looks at the time. */
const PAUSE_TOKENS = 32;
const PAUSE_DOCUMENTS = 64;
/** Even steps through a list that come to all of its parts early (Weyl's sequence of the golden ratio). */
const GOLDEN = 0.618_033_988_749_895;

/**
 * How far to trust the experts, learnt by reading held-out documents as an editor would; null where the time was over before anything
 * was read, or the run was cancelled.
 */
export async function fitGate(fit: GateFit, context: FitContext): Promise<GateParameters | null> {
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
  const reader = { model, startId, counts, local, isLearning: true };
  const total = Math.min(
    MOST_TOKENS,
    fit.heldOut.reduce((sum, { length }) => sum + Math.min(length, DOCUMENT_TOKENS), 0),
  );
  let read = 0;
  for (const document of spread(fit.heldOut)) {
    const reading = readDocument(document.subarray(0, DOCUMENT_TOKENS), reader);
    while (reading.next().done !== true) {
      read++;
      if (read % PAUSE_TOKENS === 0) {
        onProgress(read / total);
        await pause();
        if (signal.aborted) {
          return null;
        }
        if (isOver() || read >= MOST_TOKENS) {
          return model.gate;
        }
      }
    }
  }
  return read === 0 ? null : model.gate;
}

/** The documents in an order in which every beginning is an even selection. */
function spread(documents: readonly Uint16Array[]): readonly Uint16Array[] {
  return documents
    .map((document, index) => ({ document, place: (index * GOLDEN) % 1 }))
    .sort((left, right) => left.place - right.place)
    .map(({ document }) => document);
}
