import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { PredictorHost, type RestartingClient } from "../../../src/extension/predictorHost.ts";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
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

  it("has no model after a loading that failed at first", async () => {
    const thread = new MortalThread();
    const host = new PredictorHost(thread);
    thread.request = () => Promise.reject(new LmError("checkpointMissing", "None."));
    await assert.rejects(host.load("/m"), { code: "checkpointMissing" });
    const answer = await host.complete(QUERY, new AbortController().signal);
    assert.equal(answer.silence, "noModel");
  });
});
