import { join } from "node:path";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { kernelFactory } from "../models/neural/openKernel.ts";
import { wasmFiles } from "../node/wasmFiles.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { sha256 } from "../node/sha256.ts";
import { connectToParentThread } from "../node/workerPort.ts";
import type { PredictorRequests } from "../protocol/predictorMessages.ts";
import {
  readCloseParams,
  readCompletionQuery,
  readCountJob,
  readExplainParams,
  readLoadParams,
  readPrepareParams,
  readSampleParams,
  readSurpriseParams,
  readUpdateParams,
} from "../protocol/predictorValidators.ts";
import { serve } from "../protocol/requestChannel.ts";
import { documentPath, startCounterThread } from "./counterThread.ts";
import { Predictor } from "./predictor.ts";

const files = createNodeFileStore();

const predictor = new Predictor({
  clock: createNodeClock(),
  createKernel: kernelFactory(wasmFiles(join(import.meta.dirname, "wasm"))),
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  startThread: () => startCounterThread(join(import.meta.dirname, "counter.cjs")),
  pathOf: documentPath,
  openCheckpoint: async (directory) => {
    const read = await openCheckpointStore(directory, files, sha256).read();
    if (read.kind !== "checkpoint") {
      throw checkpointError(read);
    }
    return read.checkpoint;
  },
});

serve<PredictorRequests>(connectToParentThread(), {
  load: (params) => {
    const { directory, experts } = readLoadParams(params);
    return predictor.load(directory, experts);
  },
  unload: () => predictor.unload(),
  count: (params, { emit, signal }) => predictor.count(readCountJob(params), { emit, signal }),
  update: (params) => predictor.update(readUpdateParams(params)),
  complete: (params, { signal }) => predictor.complete(readCompletionQuery(params), signal),
  prepare: (params) => predictor.prepare(readPrepareParams(params)),
  explain: (params, { signal }) => predictor.explain(readExplainParams(params), signal),
  close: (params) => predictor.close(readCloseParams(params).document),
  surprise: (params, { emit, signal }) =>
    predictor.surprise({ ...readSurpriseParams(params), onSpans: (spans) => emit({ type: "spans", spans }) }, signal),
  sample: (params, { emit, signal }) =>
    predictor.sample(readSampleParams(params), (text) => emit({ type: "text", text }), signal),
});
