import { setPriority } from "node:os";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import { sha256 } from "../node/sha256.ts";
import { connectToParentThread } from "../node/workerPort.ts";
import { serve } from "../protocol/requestChannel.ts";
import type { CounterRequests } from "./counting/counterMessages.ts";
import { WorkspaceScanner } from "./counting/workspaceScanner.ts";

/** As `nice` understands it: a third of the share of a thread that answers, and more than a training in the background leaves over. */
const LOW_PRIORITY = 5;

if (process.platform === "linux") {
  // On Linux a priority is a thread's own; elsewhere it is the process's, and the editor's extensions live in that.
  setPriority(0, LOW_PRIORITY);
}

const scanner = new WorkspaceScanner({
  files: createNodeFileStore(),
  sha256,
  clock: createNodeClock(),
  globalIgnoreFile: () => findGlobalGitignore(),
  isCaseSensitive: process.platform === "linux",
});

serve<CounterRequests>(connectToParentThread(), {
  scan: (job, { emit, signal }) => scanner.scan(job, { emit, signal }),
  join: (_nothing, { emit, signal }) => scanner.join({ emit, signal }),
});
