import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { type CompareArguments, runCompare } from "../../../src/cli/compareCommand.ts";
import { compareReport } from "../../../src/cli/compareReport.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import type {
  CompareEvent,
  CompareFailure,
  CompareJob,
  ComparePoint,
  CompareResult,
  CompareRow,
} from "../../../src/protocol/compareMessages.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

const ROW: CompareRow = {
  model: "lstm",
  parameters: 12_000,
  seconds: 61.5,
  tokensPerSecond: 9876.5,
  perplexity: 120.25,
  bitsPerByte: 1.25,
  top1: 0.25,
  tokens: 82_430,
  bytes: 446_000,
  unknownTokens: 0,
  validationPerplexity: 125,
  multiplicationsPerToken: 2_000_000,
  stopped: "budget",
  passes: 2,
  sample: "<b>the</b> cat",
};

const POINT: ComparePoint = {
  elapsedSeconds: 30,
  tokens: 300_000,
  passes: 0.3,
  trainingPerplexity: 200,
  validationPerplexity: 180,
  learningRate: 0.003,
  tokensPerSecond: 9000,
  clippedFraction: 0.1,
};

const RESULT: CompareResult = { rows: [ROW], failures: [] };

const GIVEN: CompareArguments = {
  folder: null,
  files: { train: "a", valid: "b", test: "c" },
  tokenizer: null,
  vocabularySize: null,
  models: null,
  budgetSeconds: null,
  epochs: null,
  config: null,
  seed: null,
  backend: "auto",
  report: null,
};

interface Setting {
  readonly config?: string;
  readonly isJson?: boolean;
  readonly files?: MemoryFileStore;
  /** What the comparison ends with in place of a result. */
  readonly end?: LmError;
  readonly failure?: CompareFailure;
}

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
  readonly job: CompareJob | undefined;
  readonly files: MemoryFileStore;
}

async function compare(
  given: Partial<CompareArguments>,
  { config, isJson = true, files = new MemoryFileStore(), end, failure }: Setting = {},
): Promise<Outcome> {
  if (config !== undefined) {
    files.put("/config.json", config);
  }
  const written = { out: "", err: "" };
  let asked: CompareJob | undefined;
  const context = {
    terminal: new Terminal({
      out: { write: (text) => (written.out += text) },
      err: { write: (text) => (written.err += text) },
      isJson,
    }),
    files,
    resolvePath: (path: string) => (path.startsWith("/") ? path : `/${path}`),
    signal: new AbortController().signal,
    watchSuspension: () => ({ dispose: () => undefined }),
    engine: {
      request: (_method: string, job: CompareJob, { onEvent }: { onEvent: (event: CompareEvent) => void }) => {
        asked = job;
        onEvent({ type: "comparePoint", model: "lstm", point: POINT });
        onEvent({
          type: "comparePoint",
          model: "lstm",
          point: { ...POINT, elapsedSeconds: 60, validationPerplexity: 125 },
        });
        onEvent({ type: "compareRow", row: ROW });
        if (failure !== undefined) {
          onEvent({ type: "compareFailure", failure });
        }
        return end === undefined ? Promise.resolve(RESULT) : Promise.reject(end);
      },
    },
  } as unknown as CommandContext;
  const exitCode = await runCompare({ ...GIVEN, ...given }, context);
  return { ...written, exitCode, job: asked, files };
}

describe("The command that compares", () => {
  it("prints one JSON object for each model and nothing else where a program reads", async () => {
    const { out } = await compare({});
    assert.deepEqual(JSON.parse(out), ROW);
    assert.equal(out.split("\n").length, 2);
  });

  it("prints a line for people with the figures, and what they are above the first", async () => {
    const { out, err } = await compare({}, { isJson: false });
    assert.match(err, /validation.*\nmodel +parameters/su);
    assert.match(out, /^lstm +12,000 +61\.5 +9,877 +120 +1\.25\d* +25/u);
  });

  it("has a minute for each network where nothing else is said", async () => {
    const { job } = await compare({});
    assert.equal(job?.budgetSeconds, 60);
    assert.equal(job.epochs, null);
    assert.equal(job.tokenizer, "bpe");
    assert.equal(job.hasBoundaries, true);
  });

  it("takes from the configuration what is not said, and no budget where passes are", async () => {
    const config = JSON.stringify({
      about: "a test",
      tokenizer: "word",
      epochs: 3,
      seed: 7,
      models: ["gru"],
      boundaries: false,
      settings: { gru: { spec: { hiddenSize: 9 } } },
    });
    const { job } = await compare({ config: "/config.json", tokenizer: "char" }, { config });
    assert.equal(job?.tokenizer, "char");
    assert.equal(job.hasBoundaries, false);
    assert.deepEqual([job.epochs, job.budgetSeconds, job.seed, job.models], [3, null, 7, ["gru"]]);
    assert.deepEqual(job.settings, { gru: { spec: { hiddenSize: 9 }, recipe: {} } });
    const other = await compare({ config: "/config.json", budgetSeconds: 5 }, { config });
    assert.deepEqual([other.job?.epochs, other.job?.budgetSeconds], [null, 5]);
  });

  for (const [title, config] of [
    ["is no JSON", "{"],
    ["has a name that does not exist", '{"epoch": 1}'],
    ["has a value of another kind", '{"epochs": "two"}'],
  ] as const) {
    it(`refuses a configuration that ${title}`, async () => {
      await assert.rejects(
        compare({ config: "/config.json" }, { config }),
        (error) => error instanceof LmError && error.code === "badArgument" && error.message.includes("/config.json"),
      );
    });
  }

  it("leaves out the settings of models that the command line leaves out, and no others", async () => {
    const settings = { gru: { spec: { hiddenSize: 9 } }, lstm: { spec: { hiddenSize: 8 } }, rnn: { recipe: {} } };
    const config = JSON.stringify({ models: ["kn5", "lstm+kn5", "gru"], settings });
    const networks = async (models: readonly string[] | null): Promise<readonly string[]> =>
      Object.keys((await compare({ config: "/config.json", models }, { config })).job?.settings ?? {});
    assert.deepEqual(await networks(null), ["gru", "lstm", "rnn"]);
    assert.deepEqual(await networks(["kn5", "gru+cache"]), ["gru", "rnn"]);
  });

  it("refuses a configuration that is not there", async () => {
    await assert.rejects(compare({ config: "/config.json" }), /The configuration \/config\.json does not exist/u);
  });

  it("writes what there is where it ends early, and fails where a model came to nothing", async () => {
    const files = new MemoryFileStore();
    const ended = compare(
      { report: "r.html" },
      { files, end: new LmError("cancelled", "The comparison was cancelled.") },
    );
    await assert.rejects(ended, /cancelled/u);
    assert.match(files.text("/r.html"), /lstm/u);
    const failure = { model: "gru", message: "The loss exploded." };
    const { exitCode, err } = await compare({}, { failure });
    assert.equal(exitCode, 1);
    assert.match(err, /gru came to nothing: The loss exploded\./u);
  });

  it("writes a report where one is asked for", async () => {
    const { files } = await compare({ report: "r.html" });
    assert.match(new TextDecoder().decode(await files.readFile("/r.html")), /<polyline/u);
  });
});

describe("The report of a comparison", () => {
  const page = compareReport({
    ...RESULT,
    curves: [{ model: "lstm", points: [POINT, { ...POINT, elapsedSeconds: 60 }] }],
    modelCount: 1,
  });

  it("has table, curve and sample, and runs and loads nothing", () => {
    for (const part of ["120", "12,000", "82,430", "<polyline", "&lt;b&gt;the&lt;/b&gt; cat"]) {
      assert.ok(page.includes(part), part);
    }
    assert.doesNotMatch(page, /<script|<b>|https?:|src=|@import|url\(/u);
  });

  it("shows what each model writes under its own name", () => {
    const rows = [
      { ...ROW, model: "kn5", sample: "one" },
      { ...ROW, model: "kn5+cache", sample: "two" },
      { ...ROW, model: "lstm+kn5", sample: null },
    ];
    const written = compareReport({ rows, failures: [], curves: [], modelCount: 3 }).split("What they write")[1] ?? "";
    assert.match(written, /<p>kn5<\/p>\n<pre>one<\/pre>\n<p>kn5\+cache<\/p>\n<pre>two<\/pre>/u);
    assert.doesNotMatch(written, /lstm/u);
  });

  it("says what came to nothing, and what was not reached", () => {
    const early = compareReport({
      rows: [ROW],
      failures: [{ model: "gru", message: "The loss exploded." }],
      curves: [],
      modelCount: 4,
    });
    assert.match(early, /gru came to nothing: The loss exploded\./u);
    assert.match(early, /ended early: 2 of 4 models were not compared/u);
  });

  it("leaves out what there is not", () => {
    const bare = compareReport({
      rows: [{ ...ROW, bitsPerByte: null, sample: null }],
      failures: [],
      curves: [],
      modelCount: 1,
    });
    assert.doesNotMatch(bare, /<svg|What they write/u);
    assert.match(bare, /<td>–<\/td>/u);
  });
});
