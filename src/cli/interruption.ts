import type { Disposable } from "../base/disposable.ts";

/** The part of Node's `process` that tells of signals. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

export interface InterruptionOptions {
  readonly source: SignalSource;
  /** At the first Ctrl+C. */
  readonly onFirst: () => void;
  /** At the second: whatever is still going on is to end at once. */
  readonly onSecond: () => void;
}

/** Turns the first Ctrl+C into an aborted signal, so that what was done is kept, and the next into an end. */
export function watchInterruption({
  source,
  onFirst,
  onSecond,
}: InterruptionOptions): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      onSecond();
      return;
    }
    onFirst();
    controller.abort();
  };
  source.on("SIGINT", interrupt);
  source.on("SIGTERM", interrupt);
  return {
    signal: controller.signal,
    dispose: () => {
      source.off("SIGINT", interrupt);
      source.off("SIGTERM", interrupt);
    },
  };
}
