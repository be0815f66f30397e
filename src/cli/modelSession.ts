import { join } from "node:path";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { sha256 } from "../node/sha256.ts";
import { kernelFactory } from "../predictor/openKernel.ts";
import { Predictor } from "../predictor/predictor.ts";
import type { CommandContext } from "./commandContext.ts";

/** A predictor in this thread with the model in `directory` loaded; throws `LmError` where there is none. */
export async function openModel(directory: string, { clock, files, resolvePath }: CommandContext): Promise<Predictor> {
  const predictor = new Predictor({
    clock,
    createKernel: kernelFactory(join(import.meta.dirname, "wasm")),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    openCheckpoint: async (path) => {
      const read = await openCheckpointStore(path, files, sha256).read();
      if (read.kind !== "checkpoint") {
        throw checkpointError(read);
      }
      return read.checkpoint;
    },
  });
  await predictor.load(resolvePath(directory));
  return predictor;
}
