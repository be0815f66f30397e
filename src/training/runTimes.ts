import type { HeldOut } from "./heldOut.ts";

export interface RunTimesOptions {
  /** Seconds of the whole run; null: no deadline. */
  readonly budgetSeconds: number | null;
  /** Seconds at the budget's end that are for others. */
  readonly reservedSeconds: number;
  readonly sample: HeldOut | null;
  /** All held-out text. */
  readonly final: HeldOut | null;
}

/** Share of a run's time that watching it may take, once it is long under way. */
const LOOK_SHARE = 0.06;
/** Share of a budget that all looks together may take before they get as rare as that. */
const MOST_LOOK_SHARE = 0.08;
const MIN_PAUSE_SECONDS = 2;
/** Until there is a first checkpoint, looks cost up to a third of the time: a crash would lose everything. */
const FIRST_PAUSE_LOOKS = 2;
/** What is kept back of a budget for the end of a run before anything was measured. */
const UNMEASURED_SHARE = 0.05;
/** What the final figure may take of a budget; where all held-out text costs more, a part of it has to do. */
const FINAL_SHARE = 0.08;
/** Looks vary by half on a machine that does other work too. */
const MARGIN = 1.3;
/** However slow a machine is, this much of a budget is for training. */
const MIN_TRAINING_SHARE = 0.5;
/** A model is saved before the final figure and after it. */
const SAVE_COUNT = 2;

/**
 * Tells when training has to stop so that the whole run ends with its budget: what comes after the last step, the last look at
 * the sample, the saves and the final figure, takes as long as the like took while training.
 */
export class RunTimes {
  readonly #options: RunTimesOptions;
  #stepSeconds = 0;
  #sampleSeconds: number | null = null;
  #saveSeconds = 0;
  #lookSeconds = 0;

  public constructor(options: RunTimesOptions) {
    this.#options = options;
  }

  public noteStep(seconds: number): void {
    this.#stepSeconds = seconds;
  }

  public noteSample(seconds: number): void {
    // One look that was disturbed says little of the next.
    this.#sampleSeconds = this.#sampleSeconds === null ? seconds : (this.#sampleSeconds + seconds) / 2;
  }

  public noteSave(seconds: number): void {
    this.#saveSeconds = seconds;
  }

  /**
   * Seconds until the next look. A young run changes fast, so its looks are as far apart as it is old, until that is more than their
   * share of the time asks for; in a budget too short for that they keep to the share.
   * @param look its cost with the save that came of it, and when in the run it ended
   */
  public pauseAfterLook(look: {
    readonly lookSeconds: number;
    readonly elapsedSeconds: number;
    readonly hasSaved: boolean;
  }): number {
    const { lookSeconds, elapsedSeconds, hasSaved } = look;
    this.#lookSeconds += lookSeconds;
    if (!hasSaved) {
      return Math.max(MIN_PAUSE_SECONDS, lookSeconds * FIRST_PAUSE_LOOKS);
    }
    const fairSeconds = lookSeconds / LOOK_SHARE;
    const { budgetSeconds } = this.#options;
    const hasRoom = budgetSeconds !== null && this.#lookSeconds + lookSeconds <= budgetSeconds * MOST_LOOK_SHARE;
    return Math.max(MIN_PAUSE_SECONDS, hasRoom ? Math.min(fairSeconds, elapsedSeconds) : fairSeconds);
  }

  /** Seconds that one more look at the sample takes; 0 where that is not known. */
  public get sampleSeconds(): number {
    return this.#sampleSeconds ?? 0;
  }

  /** Seconds of the run after which there are no more steps; null for a run without a budget. */
  public get trainingSeconds(): number | null {
    const { budgetSeconds, reservedSeconds } = this.#options;
    if (budgetSeconds === null) {
      return null;
    }
    const ending = this.#endingSeconds(budgetSeconds);
    return Math.max(budgetSeconds - reservedSeconds - ending, budgetSeconds * MIN_TRAINING_SHARE);
  }

  /** Work on held-out text for which there is time `elapsedSeconds` into the run. */
  public affordableWork(elapsedSeconds: number): number {
    const { budgetSeconds, reservedSeconds } = this.#options;
    const workSeconds = this.#workSeconds;
    if (budgetSeconds === null || workSeconds === null) {
      return Infinity;
    }
    return Math.max(budgetSeconds - reservedSeconds - this.#saveSeconds - elapsedSeconds, 0) / workSeconds;
  }

  #endingSeconds(budgetSeconds: number): number {
    const { final } = this.#options;
    const workSeconds = this.#workSeconds;
    if (workSeconds === null) {
      return budgetSeconds * UNMEASURED_SHARE;
    }
    const finalSeconds = Math.min((final?.work ?? 0) * workSeconds, budgetSeconds * FINAL_SHARE);
    return this.#stepSeconds + SAVE_COUNT * this.#saveSeconds + MARGIN * (this.sampleSeconds + finalSeconds);
  }

  /** Seconds a unit of work takes; null before the first look. */
  get #workSeconds(): number | null {
    const { sample } = this.#options;
    return sample === null || this.#sampleSeconds === null ? null : this.#sampleSeconds / sample.work;
  }
}
