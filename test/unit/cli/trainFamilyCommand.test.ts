import assert from "node:assert/strict";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { runTrainFamily, type TrainFamilyArguments } from "../../../src/cli/trainFamilyCommand.ts";
import type { DoneEvent, EngineRequests, TrainEvent } from "../../../src/protocol/engineMessages.ts";
import type { TrainFamilyJob } from "../../../src/protocol/familyMessages.ts";
import type { RequestClient } from "../../../src/protocol/requestChannel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

const GIVEN: TrainFamilyArguments = {
  folder: "/folder",
  out: "/m",
  network: "mos",
  budgetSeconds: null,
  epochs: null,
  tokenizer: null,
  vocabularySize: null,
  hiddenSize: null,
  layerCount: null,
  backend: "portable",
  seed: 1,
  settings: {},
};

const DONE: DoneEvent = { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" };

/** Has an engine that only writes down what it is asked for, tells of `events` and ends with `done`. */
async function train(changes: Partial<TrainFamilyArguments>, events: readonly TrainEvent[] = [], done = DONE) {
  const jobs: unknown[] = [];
  const engine = {
    request: (method: string, job: unknown, options?: { readonly onEvent?: (event: TrainEvent) => void }) => {
      assert.equal(method, "trainFamily");
      jobs.push(job);
      events.forEach((event) => options?.onEvent?.(event));
      return Promise.resolve(done);
    },
  } as unknown as RequestClient<EngineRequests>;
  const written = { out: "", err: "" };
  const terminal = new Terminal({
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    isJson: false,
  });
  const files = new MemoryFileStore();
  files.put("/folder/a.js", "text");
  const context: CommandContext = {
    ...{ terminal, files, engine, clock: new ManualTime(), signal: new AbortController().signal },
    watchSuspension: () => ({ dispose: () => undefined }),
    resolvePath: (path) => path,
    readInput: () => Promise.reject(new Error("There is no input here.")),
    ...{ nodeVersion: "v20", cacheDirectory: "/cache" },
  };
  const exitCode = await runTrainFamily({ ...GIVEN, ...changes }, context);
  return { exitCode, job: jobs[0] as TrainFamilyJob, written };
}

describe("The command train, of a network that does not suggest", () => {
  it("asks for pieces and two minutes where nothing else is said", async () => {
    const { job } = await train({});
    assert.deepEqual([job.network, job.tokenizer, job.budgetSeconds, job.epochs], ["mos", "bpe", 120, null]);
    assert.deepEqual(job.settings, { spec: {}, recipe: {} });
    assert.equal((await train({ epochs: 2 })).job.budgetSeconds, null);
  });

  for (const [network, spec] of [
    ["mos", { hiddenSize: 64, embeddingSize: 64, layerCount: 2 }],
    ["retention", { hiddenSize: 64, embeddingSize: 64, layerCount: 2 }],
    ["window", { hiddenSize: 64, layerCount: 2 }],
    ["awd-lstm", { hiddenSize: 64, layerCount: 2 }],
  ] as const) {
    it(`makes the layers of ${network} as wide as was asked for, and its vectors where they are as wide`, async () => {
      const { job } = await train({ network, hiddenSize: 64, layerCount: 2, settings: { learningRate: 0.01 } });
      assert.deepEqual(job.settings, { spec, recipe: { learningRate: 0.01 } });
    });
  }

  it("refuses a setting that recipes do not have, and a folder that is none", async () => {
    await assert.rejects(train({ settings: { warmUpShare: 0.1 } }), /mos is trained by a recipe, which has no warmUp/u);
    await assert.rejects(train({ folder: "/none" }), /\/none does not exist/u);
  });

  it("says of which text a figure is, and what the model is good for", async () => {
    const tally = { tokens: 10, bytes: 20, nats: 20, perplexity: 7.4, bitsPerByte: 1.44 };
    const look = { type: "evaluation", elapsedSeconds: 1, step: 5, isBest: true, ...tally } as const;
    const { written, exitCode } = await train({}, [
      { ...look, split: "validation", isFinal: false },
      { ...look, split: "test", isFinal: true },
      { type: "checkpoint", step: 5 },
    ]);
    assert.equal(exitCode, 0);
    assert.match(written.err, /validation perplexity 7\.40 .*the best so far\n.*test perplexity 7\.40 .*final\n/u);
    assert.match(written.out, /Model in \/m.*no suggestions.*`sample` and `evaluate` take it/u);
    const nothing = await train({}, [], { ...DONE, nothingLearnt: "Nothing was saved." });
    assert.equal(nothing.exitCode, 1);
    assert.equal(nothing.written.out, "The time is up. Nothing was saved.\n");
  });
});
