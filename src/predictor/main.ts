import { join } from "node:path";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { sha256 } from "../node/sha256.ts";
import { connectToParentThread } from "../node/workerPort.ts";
import type { PredictorRequests } from "../protocol/predictorMessages.ts";
import {
  readCloseParams,
  readCompletionQuery,
  readLoadParams,
  readPrepareParams,
  readSampleParams,
} from "../protocol/predictorValidators.ts";
import { serve } from "../protocol/requestChannel.ts";
import { kernelFactory } from "./openKernel.ts";
import { Predictor } from "./predictor.ts";

const files = createNodeFileStore();

const predictor = new Predictor({
  clock: createNodeClock(),
  createKernel: kernelFactory(join(import.meta.dirname, "wasm")),
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  openCheckpoint: async (directory) => {
    const read = await openCheckpointStore(directory, files, sha256).read();
    if (read.kind !== "checkpoint") {
      throw checkpointError(read);
    }
    return read.checkpoint;
  },
});

serve<PredictorRequests>(connectToParentThread(), {
  load: (params) => predictor.load(readLoadParams(params).directory),
  unload: () => predictor.unload(),
  complete: (params, { signal }) => predictor.complete(readCompletionQuery(params), signal),
  prepare: (params) => predictor.prepare(readPrepareParams(params)),
  close: (params) => predictor.close(readCloseParams(params).document),
  sample: (params, { emit, signal }) =>
    predictor.sample(readSampleParams(params), (text) => emit({ type: "text", text }), signal),
});
