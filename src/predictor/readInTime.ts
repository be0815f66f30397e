import type { Clock } from "../base/ports.ts";
import type { MixtureState } from "../models/mixture/mixtureModel.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { CaretState } from "./documentContext.ts";
import type { LoadedModel } from "./loadedModel.ts";

/** Share of the time left that may go into reading, before the search. */
const READING_SHARE = 0.5;
/** Share after which reading is given up, and begun again with less as long as there are attempts. */
const STOP_SHARE = 0.6;
const READING_ATTEMPTS = 2;

export interface TimedReading {
  readonly document: string;
  readonly window: DocumentWindow;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly isGone: () => boolean;
}

/** Reads as much context as there is time for. Where the machine turns out to be slower than it was, tries again with less. */
export function* readInTime(
  model: LoadedModel,
  { document, window, clock, deadlineMs, isGone }: TimedReading,
): Generator<void, CaretState<MixtureState> | undefined> {
  for (let attempt = 0; attempt < READING_ATTEMPTS; attempt++) {
    const nowMs = clock.nowMs();
    const leftMs = deadlineMs - nowMs;
    const maxChars = model.reading.pace.charsWithin(READING_SHARE * leftMs);
    const shouldStop = (): boolean => clock.nowMs() >= nowMs + STOP_SHARE * leftMs || isGone();
    const state = yield* model.context(document).read(window, { maxChars, shouldStop });
    if (state !== undefined || isGone()) {
      return state;
    }
  }
  return undefined;
}
