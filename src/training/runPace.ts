import type { Clock } from "../base/ports.ts";

/** How long a run may last: one of the two is given. */
export interface PaceLimits {
  /** Seconds, looks at the validation text included; null: no deadline. */
  readonly budgetSeconds: number | null;
  /** Passes over the training text; null: as many as fit. */
  readonly epochs: number | null;
}

const PROGRESS_SECONDS = 1;

/** How far a run is between its start and its limit. */
export class RunPace {
  readonly #limits: PaceLimits;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #startMs: number;
  #lookSeconds = 0;
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
    this.#lookSeconds = Math.max(this.#lookSeconds, this.elapsedSeconds() - beganSeconds);
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
