import type { Clock } from "../base/ports.ts";

export interface PausableTimeOptions {
  readonly clock: Clock;
  /** Lets messages of this thread be handled. */
  readonly pause: () => Promise<void>;
  /** Once it aborts, nothing waits any more: a run that is cancelled saves and ends. */
  readonly signal: AbortSignal;
  /** Called when the run stands still, and when it goes on. */
  readonly onChange: (isPaused: boolean) => void;
}

/** The time of a run that can be paused: while the run stands still, its clock does too. */
export class PausableTime implements Clock {
  readonly #options: PausableTimeOptions;
  #isWanted = false;
  #goOn: () => void = () => undefined;
  #standing: Promise<void> | undefined;
  #standingSinceMs: number | undefined;
  #stoodMs = 0;

  public constructor(options: PausableTimeOptions) {
    this.#options = options;
  }

  /** Milliseconds on a clock that does not count the time in which the run stood still. */
  public nowMs(): number {
    return (this.#standingSinceMs ?? this.#options.clock.nowMs()) - this.#stoodMs;
  }

  public epochMs(): number {
    return this.#options.clock.epochMs();
  }

  /** Has the run stand still from its next `pause` on, or go on. */
  public setPaused({ isPaused }: { readonly isPaused: boolean }): void {
    this.#isWanted = isPaused;
    if (!isPaused) {
      this.#goOn();
    }
  }

  /**
   * Lets messages be handled, and waits as long as one of them wants the run to stand still.
   * @param beforeStanding is done before it does, in the run's time
   */
  public async pause(beforeStanding?: () => Promise<void>): Promise<void> {
    await this.#options.pause();
    if (this.#isToStand && this.#standing === undefined) {
      await beforeStanding?.();
    }
    while (this.#isToStand) {
      this.#standing ??= this.#stand();
      await this.#standing;
    }
  }

  get #isToStand(): boolean {
    return this.#isWanted && !this.#options.signal.aborted;
  }

  async #stand(): Promise<void> {
    const { clock, signal, onChange } = this.#options;
    const sinceMs = clock.nowMs();
    this.#standingSinceMs = sinceMs;
    onChange(true);
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
      signal.addEventListener("abort", this.#goOn, { once: true });
    });
    signal.removeEventListener("abort", this.#goOn);
    this.#stoodMs += clock.nowMs() - sinceMs;
    this.#standingSinceMs = undefined;
    this.#standing = undefined;
    onChange(false);
  }
}
