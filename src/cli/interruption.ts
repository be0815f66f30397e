import type { Disposable } from "../base/disposable.ts";
import type { Clock } from "../base/ports.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The part of Node's `process` that tells of signals. */
export interface SignalSource {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

export interface InterruptionOptions {
  readonly source: SignalSource;
  readonly clock: Clock;
  /** At the first signal. */
  readonly onFirst: () => void;
  /** At Ctrl+C after that: whatever is still going on is to end at once. */
  readonly onSecond: () => void;
}

/** Asks a command to stop and to keep what was done. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** As the first signal does; does nothing after it. */
  interrupt(): void;
}

/** Signals within this time are one: npm and other starters pass on what the terminal has sent to all. */
const SAME_MS = 400;

/**
 * Turns the first signal into an aborted `AbortSignal`, so that what was done is kept, and Ctrl+C after it into an end.
 * Other signals never cut a save short: a service manager, or a terminal that is closed, sends several of them.
 */
export function watchInterruption({ source, clock, onFirst, onSecond }: InterruptionOptions): Interruption {
  const controller = new AbortController();
  let firstMs = 0;
  const interrupt = (): void => {
    if (!controller.signal.aborted) {
      firstMs = clock.nowMs();
      onFirst();
      controller.abort();
    }
  };
  const pressed = (): void => {
    if (controller.signal.aborted && clock.nowMs() - firstMs > SAME_MS) {
      onSecond();
    } else {
      interrupt();
    }
  };
  const listeners = { SIGINT: pressed, SIGTERM: interrupt, SIGHUP: interrupt };
  SIGNALS.forEach((name) => source.on(name, listeners[name]));
  return {
    signal: controller.signal,
    interrupt,
    dispose: () => {
      SIGNALS.forEach((name) => source.off(name, listeners[name]));
    },
  };
}
