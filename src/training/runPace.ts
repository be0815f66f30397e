import type { Clock } from "../base/ports.ts";

/** How long a run may last: one of the two is given. */
export interface PaceLimits {
  /** Seconds, looks at the validation text included; null: no deadline. */
  readonly budgetSeconds: number | null;
  /** Passes over the training text; null: as many as fit. */
  readonly epochs: number | null;
}

const PROGRESS_SECONDS = 1;
/** Of a budget, what looks before the last one may take together: the rest is for learning. */
const LOOKS_SHARE = 1 / 5;

/** How far a run is between its start and its limit. */
export class RunPace {
  readonly #limits: PaceLimits;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #startMs: number;
  /** Of the longest look, as far as it is known. */
  #lookSeconds = 0;
  #lookedSeconds = 0;
  #toldSeconds = 0;

  /** The run starts now. */
  public constructor(limits: PaceLimits, clock: Pick<Clock, "nowMs">) {
    this.#limits = limits;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  public elapsedSeconds(): number {
    return (this.#clock.nowMs() - this.#startMs) / 1000;
  }

  /** A look at the validation text that began then is over: as long may the last one take. */
  public noteLook(beganSeconds: number): void {
    const seconds = this.elapsedSeconds() - beganSeconds;
    this.#lookedSeconds += seconds;
    this.#lookSeconds = Math.max(this.#lookSeconds, seconds);
  }

  /** A look that began then was given up, since it would have taken so many seconds. */
  public noteLongLook(beganSeconds: number, expectedSeconds: number): void {
    this.noteLook(beganSeconds);
    this.#lookSeconds = Math.max(this.#lookSeconds, expectedSeconds);
  }

  /** Seconds that the next look may take where it is not the last; `Infinity` where no budget is alone the limit. */
  public get spareLookSeconds(): number {
    const { budgetSeconds, epochs } = this.#limits;
    return budgetSeconds === null || epochs !== null
      ? Number.POSITIVE_INFINITY
      : Math.max(0, budgetSeconds * LOOKS_SHARE - this.#lookedSeconds);
  }

  /** Whether a look that takes as long as the longest so far leaves most of the budget for learning. */
  public get isLookAffordable(): boolean {
    return this.#lookSeconds <= this.spareLookSeconds;
  }

  /** Share of the budget that the longest look has taken; 0 where there is none. */
  public get lookShare(): number {
    const { budgetSeconds } = this.#limits;
    return budgetSeconds === null ? 0 : this.#lookSeconds / Math.max(budgetSeconds, 1e-9);
  }

  /** Share of the run that is over after so many passes, in [0, 1]; the last look fits into the budget. */
  public fraction(passes: number): number {
    const { budgetSeconds, epochs } = this.#limits;
    const byTime =
      budgetSeconds === null
        ? 0
        : this.elapsedSeconds() / Math.max(budgetSeconds - this.#lookSeconds, budgetSeconds / 2, 1e-9);
    return Math.min(1, Math.max(byTime, epochs === null ? 0 : (passes + 1e-9) / epochs));
  }

  /** True about once a second. */
  public isTellingDue(): boolean {
    const nowSeconds = this.elapsedSeconds();
    const isDue = nowSeconds - this.#toldSeconds >= PROGRESS_SECONDS;
    this.#toldSeconds = isDue ? nowSeconds : this.#toldSeconds;
    return isDue;
  }
}
