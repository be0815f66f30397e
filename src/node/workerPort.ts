import { parentPort, type Worker } from "node:worker_threads";
import { toDisposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import type { Log, MessagePortLike } from "../base/ports.ts";

/**
 * A worker thread as a message port; the caller keeps ownership of the thread.
 * @param name what messages call the thread
 * @param log gets the stack of an error that ends the thread
 */
export function connectToWorker(worker: Worker, name: string, log?: Log): MessagePortLike {
  const closed = new Emitter<string>();
  let isClosed = false;
  const close = (reason: string): void => {
    if (!isClosed) {
      isClosed = true;
      closed.fire(reason);
    }
  };
  // An error ends the thread; `exit`, which follows, would not say why.
  worker.once("error", (error: Error & { readonly code?: string }) => {
    log?.write("error", `The ${name} thread failed: ${error.stack ?? error.message}`);
    close(
      error.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? `The ${name} thread ran out of memory; close other programs or train a smaller model.`
        : `The ${name} thread failed: ${error.message}`,
    );
  });
  worker.once("exit", (code) => {
    close(`The ${name} thread ended${code === 0 ? "" : ` with exit code ${code}`}.`);
  });
  return {
    postMessage(message) {
      worker.postMessage(message);
    },
    onDidReceive(listener) {
      worker.on("message", listener);
      return toDisposable(() => worker.off("message", listener));
    },
    onDidClose: closed.event,
  };
}

/** The channel to the thread that started this worker; throws in a main thread. */
export function connectToParentThread(): MessagePortLike {
  const port = parentPort;
  if (port === null) {
    throw new TypeError("Expected to run in a worker thread");
  }
  return {
    postMessage(message) {
      port.postMessage(message);
    },
    onDidReceive(listener) {
      port.on("message", listener);
      return toDisposable(() => port.off("message", listener));
    },
    onDidClose(listener) {
      const close = (): void => {
        listener("The thread that started this one is gone.");
      };
      port.once("close", close);
      return toDisposable(() => port.off("close", close));
    },
  };
}
