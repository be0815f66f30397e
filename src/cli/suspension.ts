import type { Disposable } from "../base/disposable.ts";
import type { PauseParams } from "../protocol/engineMessages.ts";

const SIGNALS = ["SIGTSTP", "SIGCONT"] as const;

/** The part of Node's `process` that tells of Ctrl+Z and of `fg`. */
export interface SuspensionSource {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

export interface SuspensionOptions {
  readonly source: SuspensionSource;
  /** Has the work stand still, or go on; settles when it does. */
  readonly setPaused: (wanted: PauseParams) => Promise<void>;
  /** Stops this process, as Ctrl+Z does where nobody listens. */
  readonly stop: () => void;
}

/**
 * Makes Ctrl+Z a pause: first the work stands still, then this process stops and the terminal is free. Where the work goes on with `fg`, it
 * has lost no time of its budget. A second Ctrl+Z stops this process at once.
 */
export function watchSuspension({ source, setPaused, stop }: SuspensionOptions): Disposable {
  let isWanted = false;
  const suspend = (): void => {
    if (isWanted) {
      stop();
      return;
    }
    isWanted = true;
    const stopIfWanted = (): void => {
      if (isWanted) {
        stop();
      }
    };
    // Work that cannot pause any more tells why itself.
    setPaused({ isPaused: true }).then(stopIfWanted, stopIfWanted);
  };
  const goOn = (): void => {
    if (isWanted) {
      isWanted = false;
      setPaused({ isPaused: false }).catch(() => undefined);
    }
  };
  const listeners = { SIGTSTP: suspend, SIGCONT: goOn };
  SIGNALS.forEach((name) => source.on(name, listeners[name]));
  return {
    dispose: () => {
      SIGNALS.forEach((name) => source.off(name, listeners[name]));
    },
  };
}
