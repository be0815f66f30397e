import { join } from "node:path";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { kernelFactory } from "../models/neural/openKernel.ts";
import { wasmFiles } from "../node/wasmFiles.ts";
import { sha256 } from "../node/sha256.ts";
import { documentPath, startCounterThread } from "../predictor/counterThread.ts";
import { Predictor } from "../predictor/predictor.ts";
import type { CommandContext } from "./commandContext.ts";

/** A predictor in this thread that knows nothing yet; whoever has it count disposes it. */
export function openPredictor({ clock, files }: CommandContext): Predictor {
  return new Predictor({
    clock,
    createKernel: kernelFactory(wasmFiles(join(import.meta.dirname, "wasm"))),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    startThread: () => startCounterThread(join(import.meta.dirname, "counter.cjs")),
    pathOf: documentPath,
    openCheckpoint: async (path) => {
      const read = await openCheckpointStore(path, files, sha256).read();
      if (read.kind !== "checkpoint") {
        throw checkpointError(read);
      }
      return read.checkpoint;
    },
  });
}

/** A predictor in this thread with the model in `directory` loaded; throws `LmError` where there is none. */
export async function openModel(directory: string, context: CommandContext): Promise<Predictor> {
  const predictor = openPredictor(context);
  await predictor.load(context.resolvePath(directory));
  return predictor;
}
