import { type Disposable, toDisposable } from "../base/disposable.ts";

/** Delayed calls, as a port: tests bring their own. */
export interface Timer {
  /** Calls `action` once after `delayMs`, unless disposed before. */
  schedule(delayMs: number, action: () => void): Disposable;
}

/** The machine's own timer; what it has scheduled does not keep the process alive. */
export function createNodeTimer(): Timer {
  return {
    schedule(delayMs, action) {
      const handle = setTimeout(action, delayMs).unref();
      return toDisposable(() => {
        clearTimeout(handle);
      });
    },
  };
}
