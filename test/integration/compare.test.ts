import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OnText, type Outcome, runCli } from "./runCli.ts";

const WORDS = ["the", "cat", "sees", "a", "dog", "and", "hears", "one", "bird"];
const SETTINGS = {
  tokenizer: "word",
  models: ["gru", "lstm"],
  settings: {
    gru: { spec: { embeddingSize: 8, hiddenSize: 8 }, recipe: { laneCount: 4, windowTokens: 8 } },
    lstm: { spec: { embeddingSize: 8, hiddenSize: 8 }, recipe: { laneCount: 4, windowTokens: 8 } },
  },
};

describe("The command that compares models", function () {
  this.timeout(180_000);
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-compare-"));
    const lines = (count: number, from: number): string =>
      Array.from({ length: count }, (_, index) =>
        WORDS.map((__, word) => WORDS[(index + from + word) % 9]).join(" "),
      ).join("\n");
    await writeFile(join(folder, "train.txt"), lines(80, 0));
    await writeFile(join(folder, "valid.txt"), lines(12, 3));
    await writeFile(join(folder, "test.txt"), lines(12, 5));
    await writeFile(join(folder, "config.json"), JSON.stringify(SETTINGS));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const files = ["--train", "train.txt", "--valid", "valid.txt", "--test", "test.txt", "--config", "config.json"];

  function compare(args: readonly string[], onError?: OnText): Promise<Outcome> {
    return runCli(["compare", ...files, ...args], { cwd: folder, onError });
  }

  for (const backend of ["tensorflow", "portable"]) {
    it(`prints a row for each model as promised, and writes a report (${backend})`, async () => {
      const models = ["kn3", "kn3+cache", "gru", "lstm", "lstm+cache", "lstm+context"];
      const given = [
        "--models",
        models.join(","),
        "--epochs",
        "6",
        "--backend",
        backend,
        "--json",
        "--report",
        "report.html",
      ];
      const { exitCode, stdout, stderr } = await compare(given);
      assert.equal(exitCode, 0, stderr);
      const rows = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      assert.deepEqual(
        rows.map(({ model }) => model),
        models,
      );
      for (const row of rows) {
        for (const name of ["parameters", "seconds", "tokensPerSecond", "perplexity", "bitsPerByte"]) {
          assert.ok(Number.isFinite(row[name]) && (row[name] as number) > 0, `${String(row["model"])}: ${name}`);
        }
        assert.ok("top1" in row);
        assert.equal(row["tokens"], 12 * 10);
      }
      assert.match(await readFile(join(folder, "report.html"), "utf8"), /<polyline/u);
    });
  }

  it("ends soon, and says so, where it is told to stop", async () => {
    const { exitCode, stdout, stderr } = await compare(
      ["--models", "gru", "--budget", "10m", "--backend", "portable", "--json"],
      (text, kill) => {
        if (text.includes("to learn from")) {
          kill("SIGINT");
        }
      },
    );
    assert.equal(exitCode, 130, stderr);
    assert.equal((JSON.parse(stdout) as { code?: string }).code, "cancelled");
    assert.match(stderr, /The comparison was cancelled/u);
  });

  it("refuses what makes no sense in one line", async () => {
    const { exitCode, stderr } = await compare(["--models", "lstm,gru,transformer", "--epochs", "1"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /There is no model called "transformer"\. Networks: window, rnn/u);
    assert.doesNotMatch(stderr, /\n\s+at /u);
  });
});
