import { type Disposable, toDisposable } from "../../src/base/disposable.ts";
import type { Clock } from "../../src/base/ports.ts";
import type { Timer } from "../../src/node/nodeTimer.ts";

/** Clock and timer that move only when told to. */
export class ManualTime implements Clock, Timer {
  #nowMs = 0;
  readonly #scheduled = new Set<{ readonly atMs: number; readonly action: () => void }>();

  public nowMs(): number {
    return this.#nowMs;
  }

  public epochMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  public schedule(delayMs: number, action: () => void): Disposable {
    const entry = { atMs: this.#nowMs + delayMs, action };
    this.#scheduled.add(entry);
    return toDisposable(() => this.#scheduled.delete(entry));
  }

  /** Moves on and runs what has come due. */
  public advance(ms: number): void {
    this.#nowMs += ms;
    for (const entry of [...this.#scheduled].sort((a, b) => a.atMs - b.atMs)) {
      if (entry.atMs <= this.#nowMs && this.#scheduled.delete(entry)) {
        entry.action();
      }
    }
  }
}
