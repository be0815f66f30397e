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

/** How long a run may take to come to its next step and to save its checkpoint once it is told to end. */
const FINISH_MS = 30_000;

function main(): void {
  const config = readEngineConfig(process.env, delimiter);
  lowerPriority(config);
  const log = createStreamLog(process.stderr);
  const port = connectToParentProcess();
  const supervisor = new Supervisor({ port, startWorker: () => startWorker(config, log), log });

  let isLeaving = false;
  const leave = (): void => {
    // A signal to the process group comes together with one from the process that started this one.
    if (!isLeaving) {
      isLeaving = true;
      setTimeout(() => process.exit(1), FINISH_MS).unref();
      void supervisor.finish().then(async () => {
        await port.flush();
        supervisor.dispose();
        process.exit(0);
      });
    }
  };
  port.onDidClose(leave);
  // Listeners stay: a signal without one would end this process in the midst of a save.
  process.on("SIGTERM", leave);
  process.on("SIGHUP", leave);
  // Ctrl+C in a terminal reaches the whole process group; whoever started this process decides what it means.
  process.on("SIGINT", () => undefined);
  // So does Ctrl+Z. Whoever started a training pauses it, so that its budget does not run on; anything else stops as it would anyhow.
  process.on("SIGTSTP", () => {
    if (!supervisor.isTraining) {
      process.kill(process.pid, "SIGSTOP");
    }
  });
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
