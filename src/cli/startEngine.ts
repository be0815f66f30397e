import { join } from "node:path";
import type { Log } from "../base/ports.ts";
import { type ForkedProcess, forkProcess } from "../node/forkedProcess.ts";
import { engineEnvironment } from "../node/tensorflow/engineEnvironment.ts";

/**
 * Starts the engine beside this bundle.
 * @param overrides environment variables that differ from our own
 */
export function startEngine(log: Log, overrides: Readonly<Record<string, string>> = {}): ForkedProcess {
  return forkProcess({
    name: "engine",
    entry: join(import.meta.dirname, "engine.cjs"),
    environment: { ...engineEnvironment(), ...overrides },
    log,
  });
}
