import type { BatchPosition, LaneBatch } from "../batches/laneBatches.ts";

/** When a run ends: at a deadline, after passes over the corpus, or at whichever comes first. */
export interface RunLimits {
  /** Seconds of the whole run, time spent before a resume included; null: no deadline. */
  readonly budgetSeconds: number | null;
  /** Passes over the training documents; null: as many as fit. */
  readonly epochs: number | null;
}

/** Training windows without end, one after the other. */
export interface WindowStream {
  readonly windowsPerEpoch: number;
  /** Where the next window is; `next` from a stream opened there gives the same windows. */
  readonly position: BatchPosition;
  next(): LaneBatch;
}

/**
 * Share of the run that is over, in [0, 1]: of the budget, or of the passes, whichever is further.
 * Without a deadline it depends on positions alone, so that equal seeds give equal runs.
 */
export function runFraction(
  limits: RunLimits,
  at: { readonly elapsedSeconds: number; readonly position: BatchPosition; readonly windowsPerEpoch: number },
): number {
  const { budgetSeconds, epochs } = limits;
  const byTime = budgetSeconds === null ? 0 : at.elapsedSeconds / budgetSeconds;
  const passes = at.position.epoch + at.position.windowIndex / at.windowsPerEpoch;
  const byEpochs = epochs === null ? 0 : passes / epochs;
  return Math.min(Math.max(byTime, byEpochs), 1);
}
