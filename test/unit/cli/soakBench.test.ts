import assert from "node:assert/strict";
import { runSoakBench, type SoakBenchArguments, type SoakBenchResult } from "../../../src/cli/soakBench.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { LmError } from "../../../src/base/errors.ts";
import type { EngineRequests, TrainJob } from "../../../src/protocol/engineMessages.ts";
import type { TimeTrainingJob } from "../../../src/protocol/timingMessages.ts";
import { createClient, serve } from "../../../src/protocol/requestChannel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { createPortPair } from "../../fakes/portPair.ts";
import { progressEvent, USAGE } from "../extension/samplePoints.ts";

const GIVEN: Omit<SoakBenchArguments, "run"> = {
  shape: { layerCount: 2, hiddenSize: 512 },
  laneCount: 32,
  windowTokens: 64,
  vocabularySize: 2048,
  backend: "portable",
  pointCount: 10,
};
/** Memory at ten looks; at the second it has its place. */
const RESIDENT = [100, 300, 310, 320, 330, 400, 340, 350, 360, 370];

/** Runs the bench beside an engine that is played; gives back its jobs too. */
async function soak(run: SoakBenchArguments["run"], tensorCounts: readonly number[] = RESIDENT.map(() => 17)) {
  const { left, right } = createPortPair();
  const jobs: { timed?: TimeTrainingJob; trained?: TrainJob } = {};
  const refuse = (): never => assert.fail("nobody asks for it");
  const server = serve<EngineRequests>(right, {
    describe: refuse,
    readGpus: refuse,
    evaluate: refuse,
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
    pauseTraining: refuse,
    timeNetwork: refuse,
    timeTraining: (job, { emit }) => {
      jobs.timed = job;
      tensorCounts.forEach((tensorCount, index) => {
        emit({ type: "memory", step: (index + 1) * 100, tensorCount, residentBytes: RESIDENT[index] ?? 0 });
      });
      return { backend: "portable", device: "cpu", stepMs: [], addedTensors: 0, residentBytes: 0 };
    },
    train: (job, { emit }) => {
      jobs.trained = job;
      for (let index = 0; index < 40; index++) {
        const usage = { ...USAGE, residentBytes: 1000 + index };
        emit(progressEvent({ step: index, fraction: index / 40, usage }));
      }
      return { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" };
    },
  });
  let out = "";
  const terminal = new Terminal({
    out: { write: (text) => (out += text) },
    err: { write: () => undefined },
    isJson: true,
  });
  const engine = createClient<EngineRequests>(left);
  try {
    await runSoakBench(
      { ...GIVEN, run },
      {
        terminal,
        engine,
        files: new MemoryFileStore(),
        clock: new ManualTime(),
        signal: new AbortController().signal,
        startEngine: () => assert.fail("no engine of its own"),
        watchSuspension: () => ({ dispose: () => undefined }),
        resolvePath: (path) => path,
        readInput: () => Promise.reject(new Error("There is no input here.")),
        nodeVersion: "v20",
        cacheDirectory: "/cache",
      },
    );
    return { jobs, result: JSON.parse(out) as SoakBenchResult };
  } finally {
    engine.dispose();
    server.dispose();
  }
}

describe("The bench that soaks", () => {
  it("tells what memory did over bare steps", async () => {
    const { jobs, result } = await soak({ kind: "steps", stepCount: 1000 });
    assert.deepEqual([jobs.timed?.stepCount, jobs.timed?.memorySteps, jobs.timed?.hiddenSize], [1000, 100, 512]);
    assert.deepEqual([result.shape, result.points.length, result.points.at(-1)?.step], ["2×512", 10, 1000]);
    assert.deepEqual(result.points[0], { step: 100, elapsedSeconds: 0, tensorCount: 17, residentBytes: 100 });
    assert.deepEqual([result.tensorSpread, result.mostResidentBytes, result.grownBytes], [0, 400, 70]);
  });

  it("sees a leak", async () => {
    const { result } = await soak(
      { kind: "steps", stepCount: 1000 },
      RESIDENT.map((_, index) => 17 + index),
    );
    assert.equal(result.tensorSpread, 9);
  });

  it("looks at a whole training as often as it is told", async () => {
    const { jobs, result } = await soak({ kind: "training", folder: "/f", scratch: "/m", budgetSeconds: 3600 });
    assert.deepEqual([jobs.trained?.options.budgetSeconds, jobs.trained?.options.hiddenSize], [3600, 512]);
    assert.deepEqual(jobs.trained?.options.settings, { laneCount: 32, windowTokens: 64 });
    assert.deepEqual(
      result.points.map(({ step }) => step),
      [0, 4, 8, 12, 16, 20, 24, 28, 32, 36],
    );
  });

  it("says so where it ended before a look", async () => {
    await assert.rejects(
      soak({ kind: "steps", stepCount: 5 }, []),
      (error) => error instanceof LmError && error.code === "badArgument",
    );
  });
});
