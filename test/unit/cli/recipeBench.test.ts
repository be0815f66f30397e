import assert from "node:assert/strict";
import { runRecipeBench } from "../../../src/cli/recipeBench.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import type { EngineRequests, TrainEvent, TrainJob } from "../../../src/protocol/engineMessages.ts";
import type { StepUsage } from "../../../src/protocol/stepUsage.ts";
import { createClient, serve } from "../../../src/protocol/requestChannel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { createPortPair } from "../../fakes/portPair.ts";

/** What the engine holds so far into a run. */
const MEMORY = [
  { fraction: 0, bytes: 300 },
  { fraction: 0.09, bytes: 310 },
  { fraction: 0.1, bytes: 500 },
  { fraction: 0.5, bytes: 900 },
  { fraction: 1, bytes: 530 },
] as const;
const WIDE = { name: "wide", hiddenSize: 384, settings: { clipNorm: 5 } };

interface Printed {
  readonly rows: readonly Record<string, unknown>[];
}

/** What comes of two rounds of two recipes; each run's figure is that of its job. */
async function benchOf(
  bitsPerByteOf: (job: TrainJob) => number | null,
  { cancelledFrom = Infinity, isMixed = false }: { cancelledFrom?: number; isMixed?: boolean } = {},
): Promise<{
  readonly jobs: readonly TrainJob[];
  readonly exit: number;
  readonly noted: string;
  readonly printed: Printed | undefined;
}> {
  const jobs: TrainJob[] = [];
  const { left, right } = createPortPair();
  const serving = serve<Pick<EngineRequests, "train">>(right, {
    train: (params, { emit }) => {
      const job = params;
      jobs.push(job);
      for (const { fraction, bytes } of MEMORY) {
        emit(progress(fraction, bytes));
      }
      if (bitsPerByteOf(job) !== null) {
        // Of another part of the text for each recipe.
        emit(finalEvaluation(jobs.length));
      }
      const stopped = jobs.length >= cancelledFrom ? "cancelled" : "budget";
      return Promise.resolve({ type: "done", model: job.out, backend: "tensorflow", device: "cpu", stopped });
    },
  });
  let out = "";
  let noted = "";
  const terminal = new Terminal({
    out: { write: (text) => (out += text) },
    err: { write: (text) => (noted += text) },
    isJson: true,
  });
  const engine = createClient<EngineRequests>(left);
  try {
    const exit = await runRecipeBench(
      {
        folders: ["/folder"],
        budgets: [30],
        recipes: [{ name: "default", settings: {} }, WIDE],
        roundCount: 2,
        backend: "auto",
        isMixed,
      },
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
      ({ folder, model, isMixed }) => {
        assert.equal(folder, "/folder");
        const job = jobs.find(({ out }) => out === model) as TrainJob;
        const bitsPerByte = bitsPerByteOf(job) as number;
        return Promise.resolve({ bitsPerByte, bytes: 100, mixedBitsPerByte: isMixed ? bitsPerByte / 2 : null });
      },
    );
    return { jobs, exit, noted, printed: out === "" ? undefined : (JSON.parse(out) as Printed) };
  } finally {
    engine.dispose();
    serving.dispose();
  }
}

function progress(fraction: number, residentBytes: number): TrainEvent {
  const none = { lossNats: 0, perplexity: 1, gradientNorm: 0, clippedGradientNorm: 0, clippedFraction: 0 };
  const usage: StepUsage = {
    stepCount: 1,
    phaseMs: { input: 0, forward: 0, backward: 0, update: 0, host: 0 },
    processorMs: 0,
    threadCount: 1,
    residentBytes,
    tensorCount: 0,
    tensorBytes: 0,
  };
  const pace = { elapsedSeconds: 1, fraction, step: 5, tokens: 10, epoch: 1, tokensPerSecond: 10, learningRate: 0.1 };
  return { type: "progress", ...none, ...pace, usage };
}

function finalEvaluation(bitsPerByte: number): TrainEvent {
  const tally = { tokens: 10, bytes: 20, nats: 10, perplexity: 2 };
  return {
    type: "evaluation",
    split: "validation",
    elapsedSeconds: 1,
    step: 5,
    ...tally,
    bitsPerByte,
    isBest: true,
    isFinal: true,
  };
}

describe("The bench of recipes", () => {
  it("tries the recipes in turn, with a seed for each round, and compares medians with the first", async () => {
    const { jobs, exit, printed } = await benchOf(
      ({ options }) => (options.hiddenSize === 384 ? 1 : 2) + options.seed / 4,
    );
    assert.equal(exit, 0);
    assert.deepEqual(
      jobs.map(({ options }) => [options.hiddenSize, options.seed, options.budgetSeconds, options.settings]),
      [
        [null, 1, 30, {}],
        [384, 1, 30, { clipNorm: 5 }],
        [null, 2, 30, {}],
        [384, 2, 30, { clipNorm: 5 }],
      ],
    );
    assert.equal(new Set(jobs.map(({ out }) => out)).size, 4);
    assert.deepEqual(
      printed?.rows.map(({ backend }) => backend),
      ["tensorflow", "tensorflow"],
    );
    const figures = printed.rows.map(({ recipe, bitsPerByte, ratio, bytes, mixedBitsPerByte }) => {
      return [recipe, bitsPerByte, ratio, bytes, mixedBitsPerByte];
    });
    assert.deepEqual(figures, [
      ["default", 2.375, 1, 100, null],
      ["wide", 1.375, 1.375 / 2.375, 100, null],
    ]);
  });

  it("says what the engine held at most, and how that grew once everything had its place", async () => {
    const { printed } = await benchOf(() => 2);
    assert.deepEqual(
      printed?.rows.map(({ residentBytes, grownBytes }) => [residentBytes, grownBytes]),
      [
        [900, 30],
        [900, 30],
      ],
    );
  });

  it("has the medians with counts and caches too where they are asked for", async () => {
    const { printed } = await benchOf(({ options }) => 2 + options.seed / 4, { isMixed: true });
    assert.deepEqual(
      printed?.rows.map(({ mixedBitsPerByte }) => mixedBitsPerByte),
      [1.1875, 1.1875],
    );
  });

  it("leaves out a recipe that came to no figure, says which, and fails at the end", async () => {
    const { exit, printed, noted } = await benchOf(({ options }) => (options.hiddenSize === 384 ? null : 2));
    assert.equal(exit, 1);
    assert.deepEqual(
      printed?.rows.map(({ recipe, bitsPerByte }) => [recipe, bitsPerByte]),
      [["default", 2]],
    );
    assert.match(noted, /wide came to no figure/);
  });

  it("compares with the first recipe alone, which may come to nothing in a round or in all", async () => {
    const once = await benchOf(({ options }) => {
      const first = options.seed === 1 ? null : 2;
      return options.hiddenSize === 384 ? 4 : first;
    });
    assert.deepEqual(
      once.printed?.rows.map(({ recipe, ratio }) => [recipe, ratio]),
      [
        ["default", 1],
        ["wide", 2],
      ],
    );
    const never = await benchOf(({ options }) => (options.hiddenSize === 384 ? 4 : null));
    assert.deepEqual(
      never.printed?.rows.map(({ recipe, ratio }) => [recipe, ratio]),
      [["wide", null]],
    );
  });

  it("prints what was tried until the user stopped it", async () => {
    const nothing = await benchOf(() => 1, { cancelledFrom: 1 });
    assert.deepEqual([nothing.exit, nothing.jobs.length, nothing.printed?.rows], [130, 1, []]);

    // In the second round, at the second recipe.
    const most = await benchOf((job) => (job.options.hiddenSize === 384 ? 6 : job.options.seed + 1), {
      cancelledFrom: 4,
    });
    assert.deepEqual(
      [most.exit, most.printed?.rows.map(({ recipe, bitsPerByte }) => [recipe, bitsPerByte])],
      [
        130,
        [
          ["default", 2.5],
          ["wide", 6],
        ],
      ],
    );
  });
});
