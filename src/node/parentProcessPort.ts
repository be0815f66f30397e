import { toDisposable } from "../base/disposable.ts";
import type { MessagePortLike } from "../base/ports.ts";

/** The channel to the process that forked this one; throws where none did. */
export function connectToParentProcess(): MessagePortLike {
  if (process.send === undefined) {
    throw new TypeError("Expected to be started by `fork` with a message channel");
  }
  return {
    postMessage(message) {
      if (process.connected) {
        // A write that fails means that the parent is going; `disconnect` tells of it.
        process.send?.(message, undefined, undefined, () => undefined);
      }
    },
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
