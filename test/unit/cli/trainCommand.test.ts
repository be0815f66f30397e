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

/** What the shell and people are told of a training that tells of these measurements. */
async function train(
  evaluations: readonly EvaluationEvent[],
  done: DoneEvent = DONE,
): Promise<{ readonly exitCode: number; readonly lines: readonly string[]; readonly result: string }> {
  const { left, right } = createPortPair();
  const refuse = (): never => assert.fail("only a training is asked for");
  const handlers: RequestHandlers<EngineRequests> = {
    describe: refuse,
    readGpus: refuse,
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
      return done;
    },
  };
  const server = serve<EngineRequests>(right, handlers);
  const engine = createClient<EngineRequests>(left);
  const written = { out: "", err: "" };
  const terminal = new Terminal({
    out: { write: (text) => (written.out += text) },
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
  const startEngine = () => assert.fail("no engine of its own");
  const readInput = () => Promise.reject(new Error("There is no input here."));
  const places = { resolvePath: (path: string) => path, readInput, nodeVersion: "v20", cacheDirectory: "/cache" };
  const exitCode = await runTrain({ ...given, ...sizes }, { ...context, ...places, startEngine, watchSuspension });
  engine.dispose();
  server.dispose();
  return { exitCode, lines: written.err.trim().split("\n"), result: written.out.trim() };
}

describe("The command train", () => {
  it("calls the best measurement so, and the final one final", async () => {
    const { lines, exitCode } = await train([
      evaluationEvent({ step: 10 }),
      evaluationEvent({ step: 20, isBest: false }),
      evaluationEvent({ step: 10, isFinal: true }),
    ]);
    assert.deepEqual(
      lines.map((line) => line.replace(/^.* bits per byte/, "")),
      [", the best so far", "", ", final"],
    );
    assert.equal(exitCode, 0);
  });

  for (const [stopped, nothingLearnt, exitCode, result] of [
    ["cancelled", undefined, 0, /^Cancelled\. .*Model in \/m/u],
    ["cancelled", "The earlier model is kept.", 130, /^Cancelled\. The earlier model is kept\.$/u],
    ["budget", "Nothing was saved.", 1, /^The time is up\. Nothing was saved\.$/u],
    ["nonFinite", undefined, 1, /^The loss exploded\. .*Model in \/m/u],
  ] as const) {
    it(`ends with ${exitCode} where it was ${stopped} and ${nothingLearnt ?? "left a model"}`, async () => {
      const done = { ...DONE, stopped, ...(nothingLearnt === undefined ? {} : { nothingLearnt }) };
      const ended = await train([evaluationEvent()], done);
      assert.equal(ended.exitCode, exitCode);
      assert.match(ended.result, result);
    });
  }
});
