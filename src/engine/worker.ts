import { join, sep } from "node:path";
import { workerData } from "node:worker_threads";
import { openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { kernelFactory } from "../models/neural/openKernel.ts";
import { decoderFiles } from "../node/decoderFiles.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { sha256 } from "../node/sha256.ts";
import { createStreamLog } from "../node/streamLog.ts";
import { describeTensorflow } from "../node/tensorflow/describeTensorflow.ts";
import { connectToParentThread } from "../node/workerPort.ts";
import { serveEngine } from "./engineService.ts";
import type { EngineConfig } from "./engineConfig.ts";

const { extraRoots, pythonPath, gpu, usesBfloat16 } = workerData as EngineConfig;

const files = createNodeFileStore();
const wasmDirectory = join(import.meta.dirname, "wasm");

serveEngine(connectToParentThread(), {
  files,
  clock: createNodeClock(),
  log: createStreamLog(process.stderr),
  wasmDirectory: wasmDirectory + sep,
  createKernel: kernelFactory(decoderFiles(wasmDirectory)),
  openStore: (directory) => openCheckpointStore(directory, files, sha256),
  globalGitignorePath: () => findGlobalGitignore(),
  isCaseSensitive: process.platform === "linux",
  // Messages are delivered between one turn of the event loop and the next.
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  findTensorflow: () => describeTensorflow({ extraRoots, pythonPath, gpu }),
  residentBytes: () => process.memoryUsage.rss(),
  usesBfloat16,
});
