import type { Clock } from "../base/ports.ts";

/** Longest time without a look at the messages that have come in. */
const FOREGROUND_SLICE_MS = 6;
const BACKGROUND_SLICE_MS = 4;

/**
 * Runs work that comes as generators in slices, on one thread: between slices messages get through, and while any foreground work is under
 * way the background waits.
 */
export class SliceScheduler {
  readonly #clock: Clock;
  readonly #pause: () => Promise<void>;
  #foregroundCount = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param pause resolves once messages that have come in were delivered */
  public constructor(clock: Clock, pause: () => Promise<void>) {
    this.#clock = clock;
    this.#pause = pause;
  }

  /** Runs work that someone waits for to its end. */
  public async runForeground<T>(work: Generator<void, T>): Promise<T> {
    this.#foregroundCount++;
    try {
      for (;;) {
        const step = this.#runSlice(work, FOREGROUND_SLICE_MS);
        if (step.done === true) {
          return step.value;
        }
        await this.#pause();
      }
    } finally {
      this.#foregroundCount--;
      if (this.#foregroundCount === 0) {
        for (const resume of this.#waiting.splice(0)) {
          resume();
        }
      }
    }
  }

  /**
   * Runs work that nobody waits for now.
   * @param shouldStop asked before every slice; once true the work is dropped
   * @returns whether it came to its end
   */
  public async runBackground(work: Generator<void, unknown>, shouldStop: () => boolean): Promise<boolean> {
    for (;;) {
      await this.#pause();
      while (this.#foregroundCount > 0) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      if (shouldStop()) {
        return false;
      }
      if (this.#runSlice(work, BACKGROUND_SLICE_MS).done === true) {
        return true;
      }
    }
  }

  #runSlice<T>(work: Generator<void, T>, sliceMs: number): IteratorResult<void, T> {
    const endMs = this.#clock.nowMs() + sliceMs;
    let step = work.next();
    while (step.done !== true && this.#clock.nowMs() < endMs) {
      step = work.next();
    }
    return step;
  }
}
