import { availableParallelism } from "node:os";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { kernelFactory } from "../models/neural/openKernel.ts";
import { freeBytes } from "../node/freeBytes.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { processorMs } from "../node/processorTime.ts";
import { sha256 } from "../node/sha256.ts";
import { createStreamLog } from "../node/streamLog.ts";
import { CommandShell } from "../node/tensorflow/commandShell.ts";
import { describeTensorflow } from "../node/tensorflow/describeTensorflow.ts";
import { openGpuReader } from "../node/tensorflow/readGpus.ts";
import { wasmFiles } from "../node/wasmFiles.ts";
import { connectToParentThread } from "../node/workerPort.ts";
import { serveEngine } from "./engineService.ts";
import type { EngineConfig } from "./engineConfig.ts";

const { extraRoots, pythonPath, gpu, leavesProductsToTensorflow, cudnnPrecision, ...config } =
  workerData as EngineConfig;
const threadCount = config.threadCount ?? availableParallelism();

const clock = createNodeClock();
const files = createNodeFileStore();
const readWasm = wasmFiles(join(import.meta.dirname, "wasm"));

serveEngine(connectToParentThread(), {
  files,
  clock,
  log: createStreamLog(process.stderr),
  readWasm,
  helperPath: join(import.meta.dirname, "engineHelper.cjs"),
  threadCount,
  createKernel: kernelFactory(readWasm),
  openStore: (directory) => openCheckpointStore(directory, files, sha256),
  globalGitignorePath: () => findGlobalGitignore(),
  freeBytes,
  isCaseSensitive: process.platform === "linux",
  // Messages are delivered between one turn of the event loop and the next.
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  findTensorflow: () => describeTensorflow({ extraRoots, pythonPath, gpu }),
  meter: {
    processorMs,
    residentBytes: () => process.memoryUsage.rss(),
    threadCount,
    readGpus: openGpuReader({ gpu, run: new CommandShell().run }),
  },
  leavesProductsToTensorflow,
  cudnn: { precision: cudnnPrecision, nowMs: () => clock.nowMs() },
});
