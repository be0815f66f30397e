import { join } from "node:path";
import type { Log } from "../base/ports.ts";
import { type ForkedProcess, forkProcess } from "../node/forkedProcess.ts";
import { engineEnvironment } from "../node/tensorflow/engineEnvironment.ts";
import type { TrainingMode } from "../protocol/engineMessages.ts";

export interface EngineStart {
  /** How much of the machine it takes; default: all. */
  readonly mode?: TrainingMode;
  /** Variables that differ from our own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the engine beside this bundle. */
export function startEngine(log: Log, { mode = "fullSpeed", environment = {} }: EngineStart = {}): ForkedProcess {
  return forkProcess({
    name: "engine",
    entry: join(import.meta.dirname, "engine.cjs"),
    environment: { ...engineEnvironment({ mode }), ...environment },
    log,
  });
}
