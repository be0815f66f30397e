import assert from "node:assert/strict";
import { LmError } from "../../../../src/base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../../src/corpus/corpus.ts";
import { runGradientJob } from "../../../../src/engine/gradients/gradientJob.ts";
import type { GradientEvent, GradientJob, GradientResult } from "../../../../src/protocol/gradientMessages.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";
import { JobBench } from "../jobBench.ts";

const TEXT = Array.from({ length: 60 }, (_, index) => `line ${index}: the cat sees ${index % 7} birds\n`).join("");
const FILES = {
  "/text.txt": TEXT,
  "/short.txt": "one\ntwo\n",
  "/line.txt": "tiny\n",
  "/empty.txt": " \n",
  "/w/a.bin": "\u0000\u0001",
  "/w/.env": TEXT,
};

const JOB: GradientJob = {
  source: { kind: "file", path: "/text.txt" },
  tokenizer: "char",
  models: ["rnn", "lstm", "gru"],
  windowTokens: 12,
  hiddenSize: 8,
  budgetSeconds: null,
  backend: "portable",
  seed: 1,
};

async function look(
  changes: Partial<GradientJob>,
  { files = FILES, signal }: { files?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<{ readonly result: GradientResult; readonly events: readonly GradientEvent[] }> {
  const events: GradientEvent[] = [];
  const emit = (event: GradientEvent): void => void events.push(event);
  const result = await runGradientJob({ ...JOB, ...changes }, { ...new JobBench(files).context(signal), emit });
  return { result, events };
}

function refuses(changes: Partial<GradientJob>, message: RegExp): Promise<void> {
  return assert.rejects(look(changes), (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

describe("A look at gradients", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("shows each network on the same window of the text, untrained where there is no budget", async () => {
    const { result, events } = await look({});
    assert.deepEqual(
      result.rows.map(({ model, stage }) => `${model} ${stage}`),
      ["rnn untrained", "lstm untrained", "gru untrained"],
    );
    for (const row of result.rows) {
      assert.equal(row.hiddenNorms.length, 12);
      assert.ok(row.hiddenNorms.every((norm) => norm > 0));
      assert.equal(row.cellNorms === null, row.model !== "lstm");
      assert.ok(row.lossNats > 0);
      assert.equal(row.training, null);
      for (const { counts } of row.gates) {
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          12 * 8,
        );
      }
    }
    const blocks = result.rows.map(({ singularValues }) => singularValues.map(({ block }) => block).join());
    assert.deepEqual(blocks, ["all", "all,input,candidate,forget,output", "all,reset,update,candidate"]);
    const first = events[0];
    assert.ok(first?.type === "gradientText");
    assert.ok(TEXT.includes(first.window + first.target), first.window);
  });

  it("begins all networks at the loss of guessing, and every forget gate open by three quarters", async () => {
    const { result, events } = await look({});
    const first = events[0];
    assert.ok(first?.type === "gradientText");
    for (const { lossNats } of result.rows) {
      assert.ok(Math.abs(lossNats - Math.log(first.vocabularySize)) < 0.5, String(lossNats));
    }
    const forget = result.rows[1]?.gates.find(({ gate }) => gate === "forget");
    assert.ok(Math.abs((forget?.mean ?? NaN) - 1 / (1 + Math.exp(-1))) < 0.02);
  });

  it("looks again after training, and tells of every step's norm before and after clipping", async () => {
    const { result } = await look({ models: ["lstm"], budgetSeconds: 60 });
    const [untrained, trained] = result.rows;
    assert.equal(trained?.stage, "trained");
    assert.notDeepEqual(trained.hiddenNorms, untrained?.hiddenNorms);
    const { training } = trained;
    assert.ok(training !== null && training.steps > 10);
    assert.ok(training.validationPerplexity < 30, String(training.validationPerplexity));
    assert.equal(training.normsBefore.length, Math.ceil(training.steps / training.stepsPerPoint));
    assert.equal(training.normsAfter.length, training.normsBefore.length);
    training.normsAfter.forEach((after, step) => {
      assert.ok(after <= training.clipNorm + 1e-9 && after <= (training.normsBefore[step] ?? NaN) + 1e-9);
    });
    assert.equal(
      training.histogram.counts.reduce((sum, count) => sum + count, 0),
      training.steps,
    );
  });

  it("draws another window with another seed, and the same with the same", async () => {
    const windowOf = async (seed: number): Promise<string> => (await look({ seed, models: ["rnn"] })).result.window;
    assert.equal(await windowOf(1), await windowOf(1));
    assert.notEqual(await windowOf(1), await windowOf(2));
  });

  it("takes a folder, of which it holds some documents out", async () => {
    const { result } = await look(
      { source: { kind: "folder", folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS } },
      {
        files: Object.fromEntries(
          Array.from({ length: 12 }, (_, index) => [
            `/w/m${index}.js`,
            `// file ${index * 7919}\n${TEXT.slice(index * 40)}`,
          ]),
        ),
      },
    );
    assert.equal(result.rows.length, 3);
  });

  it("reads a file without its secrets", async () => {
    const token = ["ghp", "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fR3uL6"].join("_");
    const lines = TEXT.split("\n");
    const text = [...lines.slice(0, 50), `token = "${token}"`, ...lines.slice(50)].join("\n");
    const { result } = await look({ models: ["rnn"], windowTokens: 150 }, { files: { "/text.txt": text } });
    const clean = await look({ models: ["rnn"], windowTokens: 150 });
    assert.equal(result.window, clean.result.window);
  });

  for (const [title, changes, message] of [
    [
      "a window longer than the text",
      { windowTokens: 1000 },
      /fewer than the window of 1000; choose a window of at most \d+/u,
    ],
    ["a text that is too short", { source: { kind: "file", path: "/short.txt" } }, /fewer than the window of 12/u],
    ["a file that is not there", { source: { kind: "file", path: "/no.txt" } }, /does not exist; name a text file/u],
    ["a file that is no text", { source: { kind: "file", path: "/w/a.bin" } }, /is not a text file/u],
    ["a file of secrets", { source: { kind: "file", path: "/w/.env" } }, /store of secrets/u],
    [
      "a file of one short line",
      { source: { kind: "file", path: "/line.txt" } },
      /^\/line.txt is empty or too short.*longer/u,
    ],
    ["an empty file", { source: { kind: "file", path: "/empty.txt" } }, /empty/u],
    [
      "an empty folder",
      { source: { kind: "folder", folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS } },
      /[Nn]o text/u,
    ],
  ] as const) {
    it(`refuses ${title}`, () => refuses(changes, message));
  }

  it("ends as cancelled where it is told to stop", async () => {
    await assert.rejects(
      look({}, { signal: AbortSignal.abort() }),
      (error) => error instanceof LmError && error.code === "cancelled",
    );
  });
});
