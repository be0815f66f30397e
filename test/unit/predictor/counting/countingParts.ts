import { setImmediate as breathe } from "node:timers/promises";
import { sha256 } from "../../../../src/node/sha256.ts";
import type { CounterRequests } from "../../../../src/predictor/counting/counterMessages.ts";
import type { CounterThread } from "../../../../src/predictor/counting/workspaceCounts.ts";
import { WorkspaceScanner } from "../../../../src/predictor/counting/workspaceScanner.ts";
import type { CountJob } from "../../../../src/protocol/predictorMessages.ts";
import { createClient, serve } from "../../../../src/protocol/requestChannel.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../../src/corpus/corpus.ts";
import { ManualTime } from "../../../fakes/manualTime.ts";
import type { Clock, FileStore } from "../../../../src/base/ports.ts";
import { createPortPair } from "../../../fakes/portPair.ts";

export const JOB: CountJob = {
  folders: [{ path: "/ws", name: "ws" }],
  corpus: DEFAULT_CORPUS_SETTINGS,
  first: [],
  storage: "/store",
};

export function scannerOver(files: FileStore, clock: Clock = new ManualTime()): WorkspaceScanner {
  return new WorkspaceScanner({
    files,
    sha256,
    clock,
    globalIgnoreFile: () => Promise.resolve(undefined),
    isCaseSensitive: true,
  });
}

/** What runs in the counting thread, behind a channel in memory. */
export function counterOver(files: FileStore, clock?: Clock): CounterThread & { readonly die: () => void } {
  const { left, right, close } = createPortPair();
  const scanner = scannerOver(files, clock);
  serve<CounterRequests>(right, {
    scan: async (job, { emit, signal }) => {
      await breathe();
      return scanner.scan(job, { emit, signal });
    },
    join: (_nothing, { emit, signal }) => scanner.join({ emit, signal }),
  });
  const client = createClient<CounterRequests>(left);
  return {
    request: (method, params, options) => client.request(method, params, options),
    dispose: () => client.dispose(),
    die: () => close("It died."),
  };
}

/** The path of a document of these tests, whose names are paths. */
export function pathOf(document: string): string | null | undefined {
  if (document.startsWith("untitled:")) {
    return null;
  }
  return document.startsWith("/") ? document : undefined;
}
