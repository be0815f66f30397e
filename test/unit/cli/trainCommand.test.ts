import assert from "node:assert/strict";
import { Terminal } from "../../../src/cli/terminal.ts";
import { runTrain } from "../../../src/cli/trainCommand.ts";
import type { DoneEvent, EngineRequests, EvaluationEvent } from "../../../src/protocol/engineMessages.ts";
import { createClient, serve, type RequestHandlers } from "../../../src/protocol/requestChannel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { createPortPair } from "../../fakes/portPair.ts";
import { evaluationEvent } from "../extension/samplePoints.ts";

const DONE: DoneEvent = { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" };

/** The lines for people of a training that tells of these measurements. */
async function linesOf(evaluations: readonly EvaluationEvent[]): Promise<readonly string[]> {
  const { left, right } = createPortPair();
  const refuse = (): never => assert.fail("only a training is asked for");
  const handlers: RequestHandlers<EngineRequests> = {
    describe: refuse,
    evaluate: refuse,
    timeNetwork: refuse,
    timeTraining: refuse,
    pauseTraining: refuse,
    compare: refuse,
    gradients: refuse,
    trainLabeller: refuse,
    languages: refuse,
    evaluateLabeller: refuse,
    applyLabeller: refuse,
    trainFamily: refuse,
    sampleFamily: refuse,
    evaluateFamily: refuse,
    explainFamily: refuse,
    train: (_job, { emit }) => {
      evaluations.forEach(emit);
      return DONE;
    },
  };
  const server = serve<EngineRequests>(right, handlers);
  const engine = createClient<EngineRequests>(left);
  const written = { err: "" };
  const terminal = new Terminal({
    out: { write: () => undefined },
    err: { write: (text) => (written.err += text) },
    isJson: false,
  });
  const files = new MemoryFileStore();
  files.put("/folder/a.js", "text");
  const given = {
    folder: "/folder",
    out: "/m",
    budgetSeconds: 10,
    epochs: null,
    tokenizer: null,
    seed: 1,
    settings: {},
  } as const;
  const sizes = {
    vocabularySize: null,
    hiddenSize: null,
    layerCount: null,
    backend: "portable",
    isResume: false,
  } as const;
  const context = { terminal, files, engine, clock: new ManualTime(), signal: new AbortController().signal };
  const watchSuspension = () => ({ dispose: () => undefined });
  const readInput = () => Promise.reject(new Error("There is no input here."));
  const places = { resolvePath: (path: string) => path, readInput, nodeVersion: "v20", cacheDirectory: "/cache" };
  assert.equal(await runTrain({ ...given, ...sizes }, { ...context, ...places, watchSuspension }), 0);
  engine.dispose();
  server.dispose();
  return written.err.trim().split("\n");
}

describe("The command train", () => {
  it("calls the best measurement so, and the final one final", async () => {
    const lines = await linesOf([
      evaluationEvent({ step: 10 }),
      evaluationEvent({ step: 20, isBest: false }),
      evaluationEvent({ step: 10, isFinal: true }),
    ]);
    assert.deepEqual(
      lines.map((line) => line.replace(/^.* bits per byte/, "")),
      [", the best so far", "", ", final"],
    );
  });
});
