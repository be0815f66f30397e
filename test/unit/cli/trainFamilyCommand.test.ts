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
  config: null,
};

const DONE: DoneEvent = { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" };

interface Told {
  readonly events?: readonly TrainEvent[];
  readonly config?: unknown;
  readonly done?: DoneEvent;
}

/** Has an engine that only writes down what it is asked for, tells of `events` and ends with `done`. */
async function train(changes: Partial<TrainFamilyArguments>, { events = [], config = {}, done = DONE }: Told = {}) {
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
  files.put("/config.json", JSON.stringify(config));
  const context: CommandContext = {
    ...{ terminal, files, engine, clock: new ManualTime(), signal: new AbortController().signal },
    startEngine: () => assert.fail("no engine of its own"),
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

  const CONFIG = {
    ...{ about: "As published", tokenizer: "word", vocabularySize: 9000, models: ["lstm"], epochs: 3, seed: 7 },
    settings: {
      lstm: {
        spec: { embeddingSize: 20, hiddenSize: 20, regularisation: { hiddenDropout: 0.5 } },
        recipe: { optimizer: "sgd", learningRate: 2, clipNorm: null, clipValue: 1, teacherForcing: 0.9 },
      },
    },
  };

  it("takes from a configuration what is not said", async () => {
    const { job } = await train({ network: "lstm", config: "/config.json", seed: null }, { config: CONFIG });
    assert.deepEqual(job.settings, CONFIG.settings.lstm);
    const { tokenizer, vocabularySize, budgetSeconds, epochs, seed } = job;
    assert.deepEqual([tokenizer, vocabularySize, budgetSeconds, epochs, seed], ["word", 9000, null, 3, 7]);
    const said = await train(
      {
        ...{
          network: "lstm",
          config: "/config.json",
          tokenizer: "char",
          vocabularySize: 90,
          budgetSeconds: 5,
          seed: 2,
        },
        ...{ hiddenSize: 10, layerCount: 3, settings: { learningRate: 1 } },
      },
      { config: CONFIG },
    );
    const { spec, recipe } = CONFIG.settings.lstm;
    assert.deepEqual(said.job.settings, {
      spec: { ...spec, hiddenSize: 10, embeddingSize: 10, layerCount: 3 },
      recipe: { ...recipe, learningRate: 1 },
    });
    const { job: other } = said;
    assert.deepEqual(
      [other.tokenizer, other.vocabularySize, other.budgetSeconds, other.epochs, other.seed],
      ["char", 90, 5, null, 2],
    );
    assert.match(said.written.err, /^lstm with a configuration .* does not suggest .*without --config\.\n$/u);
  });

  for (const [title, config, message] of [
    ["has settings for other networks alone", { settings: { gru: {} } }, /has settings for gru and none for lstm/u],
    [
      "has settings for what is no network",
      { settings: { lstm: {}, lsmt: {} } },
      /"lsmt", which is no network; there is window/u,
    ],
    ["leaves boundaries out", { boundaries: false }, /"boundaries" cannot be false for the documents of a folder/u],
    ["has a word too many", { rate: 1 }, /\/config\.json cannot be used: .*it has "rate"/u],
  ] as const) {
    it(`refuses a configuration that ${title}`, async () => {
      await assert.rejects(train({ network: "lstm", config: "/config.json" }, { config }), message);
    });
  }

  it("says once, before a cell of words is trained, that it does not suggest", async () => {
    const { job, written } = await train(
      { network: "gru", tokenizer: "word" },
      { events: [{ type: "checkpoint", step: 5 }] },
    );
    assert.deepEqual([job.network, job.tokenizer], ["gru", "word"]);
    assert.equal(
      written.err,
      "gru of words does not suggest in the editor, which completes words letter by letter; for that, train it with --tokenizer bpe or char.\n",
    );
    assert.match(
      written.out,
      /Model in \/m, trained by the portable backend on the CPU\. `sample` and `evaluate` take it\.\n/u,
    );
  });

  it("says of which text a figure is, and what the model is good for", async () => {
    const tally = { tokens: 10, bytes: 20, nats: 20, perplexity: 7.4, bitsPerByte: 1.44 };
    const look = { type: "evaluation", elapsedSeconds: 1, step: 5, isBest: true, ...tally } as const;
    const { written, exitCode } = await train(
      {},
      {
        events: [
          { ...look, split: "validation", isFinal: false },
          { ...look, split: "test", isFinal: true },
          { type: "checkpoint", step: 5 },
        ],
      },
    );
    assert.equal(exitCode, 0);
    assert.match(written.err, /validation perplexity 7\.40 .*the best so far\n.*test perplexity 7\.40 .*final\n/u);
    assert.match(written.out, /Model in \/m.*no suggestions.*`sample` and `evaluate` take it/u);
    assert.doesNotMatch(written.err, /suggest/u);
    const nothing = await train({}, { done: { ...DONE, nothingLearnt: "Nothing was saved." } });
    assert.equal(nothing.exitCode, 1);
    assert.equal(nothing.written.out, "The time is up. Nothing was saved.\n");
  });
});
