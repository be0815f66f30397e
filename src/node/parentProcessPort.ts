import { toDisposable } from "../base/disposable.ts";
import type { MessagePortLike } from "../base/ports.ts";

/** The channel to the process that forked this one. */
export interface ParentProcessPort extends MessagePortLike {
  /** Settles when all messages posted so far are on their way, or cannot be. */
  flush(): Promise<void>;
}

/** The channel to the process that forked this one; throws where none did. */
export function connectToParentProcess(): ParentProcessPort {
  if (process.send === undefined) {
    throw new TypeError("Expected to be started by `fork` with a message channel");
  }
  let lastSent: Promise<void> = Promise.resolve();
  return {
    postMessage(message) {
      if (process.connected) {
        lastSent = new Promise((resolve) => {
          // A write that fails means that the parent is going; `disconnect` tells of it.
          process.send?.(message, undefined, undefined, () => {
            resolve();
          });
        });
      }
    },
    flush: () => lastSent,
    onDidReceive(listener) {
      process.on("message", listener);
      return toDisposable(() => process.off("message", listener));
    },
    onDidClose(listener) {
      const close = (): void => {
        listener("The process that started this one is gone.");
      };
      process.once("disconnect", close);
      return toDisposable(() => process.off("disconnect", close));
    },
  };
}
