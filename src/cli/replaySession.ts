import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { LmError } from "../base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { type RecordedRun, recordReplay, type Suggester, type TypedRun } from "../evaluation/replay/recordReplay.ts";
import type { TypedHunk } from "../evaluation/replay/typedHunks.ts";
import { connectToWorker } from "../node/workerPort.ts";
import type { ExpertName, PredictorRequests } from "../protocol/predictorMessages.ts";
import { createClient } from "../protocol/requestChannel.ts";
import { AcceptanceMemory } from "../suggestions/acceptanceMemory.ts";
import type { CommandContext } from "./commandContext.ts";
import { predictorSuggester } from "./predictorSuggester.ts";

export interface RecordCall {
  /** For people who wait. */
  readonly name: string;
  readonly runs: readonly TypedRun[];
  readonly suggester: Suggester;
}

/** Types all runs with a suggester; throws `LmError("cancelled")` when the user asks to stop. */
export function record(
  { name, runs, suggester }: RecordCall,
  context: CommandContext,
): Promise<readonly RecordedRun[]> {
  const total = runs.reduce((sum, { text }) => sum + text.length, 0);
  return recordReplay(runs, {
    suggester,
    nowMs: () => context.clock.nowMs(),
    onProgress: (characters) => {
      if (context.signal.aborted) {
        throw new LmError("cancelled", "The replay was cancelled.");
      }
      if (characters % LIVE_CHARACTERS === 0) {
        context.terminal.live(`${name}: ${Math.floor((100 * characters) / total)} % of ${total} characters`);
      }
    },
  });
}

/** Characters between two updates of the line that shows how far it is. */
const LIVE_CHARACTERS = 100;

/** What both versions of the workspace are called, so that a file has one path in both. */
export const WORKSPACE_NAME = "workspace";

/** A document as the editor would call it, were the old version open in it: what is typed belongs there. */
function documentUri(folder: string, path: string): string {
  return pathToFileURL(join(folder, ...path.split("/").slice(1))).href;
}

/** What a predictor begins with. */
export interface PredictorSetup {
  /** Absolute. */
  readonly model: string;
  /** The old version, which it counts; absolute. */
  readonly folder: string;
  /** All that may be typed. */
  readonly hunks: readonly TypedHunk[];
  readonly eagerness: number | null;
  readonly isMultiline: boolean;
  /** Whether the gate learns from what becomes of its suggestions. */
  readonly isAdapting: boolean;
  /** Null for all. */
  readonly experts: readonly ExpertName[] | null;
}

/** Types all runs with a predictor of its own, in its own thread, which knows nothing of what was typed before. */
export async function recordPredictor(
  runs: readonly TypedRun[],
  { name, setup }: { readonly name: string; readonly setup: PredictorSetup },
  context: CommandContext,
): Promise<readonly RecordedRun[]> {
  const worker = new Worker(join(import.meta.dirname, "predictor.cjs"));
  const client = createClient<PredictorRequests>(connectToWorker(worker, "The predictor"));
  try {
    await client.request("load", { directory: setup.model, experts: setup.experts });
    await client.request("count", {
      folders: [{ path: setup.folder, name: WORKSPACE_NAME }],
      corpus: DEFAULT_CORPUS_SETTINGS,
      first: [],
      storage: null,
    });
    const suggester = predictorSuggester({
      client,
      eagerness: setup.eagerness,
      isMultiline: setup.isMultiline,
      acceptance: setup.isAdapting ? new AcceptanceMemory() : null,
      hunks: setup.hunks,
      documentOf: (path) => documentUri(setup.folder, path),
    });
    return await record({ name, runs, suggester }, context);
  } finally {
    client.dispose();
    await worker.terminate();
  }
}
