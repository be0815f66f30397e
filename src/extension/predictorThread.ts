import { Worker } from "node:worker_threads";
import { EngineClient, type EngineClientOptions, type EngineProcess } from "../node/engineClient.ts";
import { connectToWorker } from "../node/workerPort.ts";
import type { PredictorRequests } from "../protocol/predictorMessages.ts";

/** The longest time that Node's timers can wait: the predictor stays, however long nobody types. */
const NEVER_MS = 2 ** 31 - 1;

/** Requests to the predictor's thread, which is started by the first of them. `entry` is the absolute path of its bundle. */
export function createPredictorClient(
  entry: string,
  options: Omit<EngineClientOptions, "start">,
): EngineClient<PredictorRequests> {
  return new EngineClient<PredictorRequests>({
    ...options,
    limits: { idleMs: NEVER_MS },
    start: () => startThread(entry),
  });
}

function startThread(entry: string): EngineProcess {
  const worker = new Worker(entry, { name: "inkling-predictor" });
  return {
    ...connectToWorker(worker, "predictor"),
    dispose() {
      void worker.terminate();
    },
  };
}
