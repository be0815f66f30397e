import { Worker } from "node:worker_threads";
import type { Log } from "../base/ports.ts";

/** What a helper thread needs to take part in the work. */
export interface HelperData {
  readonly module: WebAssembly.Module;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  /** Of `createControl`. */
  readonly control: SharedArrayBuffer;
}

export interface HelperOptions {
  /** The bundle of `helperWorker.ts`. */
  readonly path: string;
  readonly count: number;
  readonly data: HelperData;
  readonly log: Log;
  /** A helper ended by itself after it had begun. */
  readonly onLoss: () => void;
}

/** Starts helper threads, which live as long as this thread, and resolves with how many came up; why others did not is in the log. */
export async function startTrainerHelpers({ count, log, ...options }: HelperOptions): Promise<number> {
  const starts = Array.from({ length: count }, async () => {
    try {
      await startHelper({ log, ...options });
      return true;
    } catch (error) {
      log.write("warning", `A helper thread of the training cannot be started; it has fewer. ${String(error)}`);
      return false;
    }
  });
  return (await Promise.all(starts)).filter((isStarted) => isStarted).length;
}

function startHelper({ path, data, log, onLoss }: Omit<HelperOptions, "count">): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(path, { workerData: data });
    let isReady = false;
    worker.once("message", () => {
      isReady = true;
      worker.unref();
      resolve();
    });
    worker.once("error", (error) => {
      if (isReady) {
        log.write("error", `A helper thread of the training failed: ${error.stack ?? error.message}`);
      }
      reject(error);
    });
    worker.once("exit", (code) => {
      if (isReady) {
        onLoss();
      }
      reject(new Error(`It ended with exit code ${code}.`));
    });
  });
}
