import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { PredictorHost, type RestartingClient } from "../../../src/extension/predictorHost.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import type { CompletionQuery, CountJob } from "../../../src/protocol/predictorMessages.ts";
import { MODEL } from "./samplePoints.ts";

const QUERY: CompletionQuery = {
  document: "file:///a",
  before: "a",
  isFromStart: true,
  after: "",
  position: { line: 0, column: 1 },
  selectedCompletion: null,
  trigger: "automatic",
  budgetMs: 40,
};

const COUNTS = { fileCount: 2, textBytes: 10, tokenCount: 5, vocabularySize: 1024 };
const JOB: CountJob = {
  folders: [{ path: "/ws", name: "ws" }],
  corpus: DEFAULT_CORPUS_SETTINGS,
  first: [],
  storage: null,
};

/** A thread that can die; it notes what it was asked. */
class MortalThread implements RestartingClient {
  public isRunning = false;
  public readonly asked: string[] = [];

  public request(method: string): Promise<never> {
    this.isRunning = true;
    this.asked.push(method);
    const answers: Readonly<Record<string, unknown>> = {
      load: MODEL,
      complete: { suggestions: [], elapsedMs: 1, silence: "unsure" },
      sample: { text: "abc" },
      count: COUNTS,
    };
    return Promise.resolve((answers[method] ?? null) as never);
  }

  public dispose(): void {
    this.isRunning = false;
  }
}

describe("PredictorHost", () => {
  it("starts no thread where there is no model", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    const answer = await host.complete(QUERY, new AbortController().signal);
    await host.prepare({ document: "file:///a", before: "", isFromStart: true });
    await host.close("file:///a");
    assert.equal(answer.silence, "noModel");
    assert.deepEqual(thread.asked, []);
  });

  it("loads the model again, once, after its thread died", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    await host.load("/m");
    thread.isRunning = false;
    const { signal } = new AbortController();
    await Promise.all([host.complete(QUERY, signal), host.complete(QUERY, signal)]);
    assert.deepEqual(thread.asked, ["load", "load", "complete", "complete"]);
  });

  it("answers from counts alone, and follows documents from then on", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    await host.update("file:///a", "text");
    assert.deepEqual(await host.count(JOB, () => undefined), COUNTS);
    await host.update("file:///a", "text");
    assert.equal((await host.complete(QUERY, new AbortController().signal)).silence, "unsure");
    assert.deepEqual(thread.asked, ["count", "update", "complete"]);
  });

  it("counts again after its thread died, and tells that the new one knows no documents", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    let restartCount = 0;
    host.onDidRestart(() => restartCount++);
    await host.count(JOB, () => undefined);
    await host.load("/m");
    thread.isRunning = false;
    await host.complete(QUERY, new AbortController().signal);
    assert.deepEqual(thread.asked, ["count", "load", "count", "load", "complete"]);
    assert.equal(restartCount, 1);
  });

  it("has no model after a loading that failed at first", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    thread.request = () => Promise.reject(new LmError("checkpointMissing", "None."));
    await assert.rejects(host.load("/m"), { code: "checkpointMissing" });
    const answer = await host.complete(QUERY, new AbortController().signal);
    assert.equal(answer.silence, "noModel");
  });
});
