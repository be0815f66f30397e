import { setPriority } from "node:os";
import { delimiter, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Disposable } from "../base/disposable.ts";
import type { Log, MessagePortLike } from "../base/ports.ts";
import { connectToParentProcess } from "../node/parentProcessPort.ts";
import { createStreamLog } from "../node/streamLog.ts";
import { connectToWorker } from "../node/workerPort.ts";
import { type EngineConfig, readEngineConfig } from "./engineConfig.ts";
import { Supervisor } from "./supervisor.ts";

/** How long a run may take to save its checkpoint once nobody waits for it any more. */
const FINISH_MS = 8000;

function main(): void {
  const config = readEngineConfig(process.env, delimiter);
  lowerPriority(config);
  const log = createStreamLog(process.stderr);
  const port = connectToParentProcess();
  const supervisor = new Supervisor({ port, startWorker: () => startWorker(config, log), log });

  const leave = (): void => {
    setTimeout(() => process.exit(1), FINISH_MS).unref();
    void supervisor.finish().then(() => {
      supervisor.dispose();
      process.exit(0);
    });
  };
  port.onDidClose(leave);
  process.once("SIGTERM", leave);
  // Ctrl+C in a terminal reaches the whole process group; whoever started this process decides what it means.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
}

/** Threads inherit the priority, so this comes before any is started. */
function lowerPriority({ nice }: EngineConfig): void {
  if (nice > 0) {
    setPriority(nice);
  }
}

function startWorker(config: EngineConfig, log: Log): MessagePortLike & Disposable {
  const worker = new Worker(join(import.meta.dirname, "engineWorker.cjs"), { workerData: config });
  return {
    ...connectToWorker(worker, "engine worker", log),
    dispose() {
      void worker.terminate();
    },
  };
}

main();
