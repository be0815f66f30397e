import type { Clock } from "../base/ports.ts";

/**
 * What training does with its time: cutting windows and making tensors of them, the loss, its gradient, clipping and Adam, and all that
 * lies between two steps.
 */
export type StepPhase = "input" | "forward" | "backward" | "update" | "host";

export interface StepTimesReport {
  readonly phaseMs: Readonly<Record<StepPhase, number>>;
  /** Of the whole process, all threads together. */
  readonly processorMs: number;
}

export interface StepTimesParts {
  readonly clock: Clock;
  /** Processor time that the process has taken so far, all its threads together. */
  readonly processorMs: () => number;
}

/**
 * A clock with a hand for each phase; one of them moves at a time. On a processor an operation is over when its call returns. On a GPU it
 * may only be queued then, so that its time counts where somebody waits for it.
 */
export class StepTimes {
  readonly #parts: StepTimesParts;
  #phase: StepPhase = "host";
  #sinceMs: number;
  #processorSinceMs: number;
  #phaseMs = noTimes();

  public constructor(parts: StepTimesParts) {
    this.#parts = parts;
    this.#sinceMs = parts.clock.nowMs();
    this.#processorSinceMs = parts.processorMs();
  }

  /** From now on time counts into `phase`. */
  public enter(phase: StepPhase): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#phaseMs[this.#phase] += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#phase = phase;
  }

  /** What was counted since the last time, and a fresh start. */
  public take(): StepTimesReport {
    this.enter(this.#phase);
    const processorMs = this.#parts.processorMs();
    const report = { phaseMs: this.#phaseMs, processorMs: processorMs - this.#processorSinceMs };
    this.#phaseMs = noTimes();
    this.#processorSinceMs = processorMs;
    return report;
  }
}

function noTimes(): Record<StepPhase, number> {
  return { input: 0, forward: 0, backward: 0, update: 0, host: 0 };
}
