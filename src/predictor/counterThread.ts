import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { connectToWorker } from "../node/workerPort.ts";
import { createClient } from "../protocol/requestChannel.ts";
import type { CounterRequests } from "./counting/counterMessages.ts";
import type { CounterThread } from "./counting/workspaceCounts.ts";

/** Starts a counting thread; `entry` is the absolute path of its bundle. */
export function startCounterThread(entry: string): CounterThread {
  const worker = new Worker(entry, { name: "inkling-counter" });
  const client = createClient<CounterRequests>(connectToWorker(worker, "counting"));
  return {
    request: (method, params, options) => client.request(method, params, options),
    dispose() {
      client.dispose();
      void worker.terminate();
    },
  };
}

/** The absolute path of a document's file; null for a text that has none yet, undefined for what lies elsewhere. */
export function documentPath(document: string): string | null | undefined {
  if (document.startsWith("file:")) {
    try {
      return fileURLToPath(document);
    } catch {
      return undefined; // A file on another machine.
    }
  }
  if (isAbsolute(document)) {
    return document;
  }
  return document.startsWith("untitled:") ? null : undefined;
}
