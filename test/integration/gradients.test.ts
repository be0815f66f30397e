import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GradientRow } from "../../src/protocol/gradientMessages.ts";
import { bundle } from "./distFolder.ts";
import { sourceText } from "./smallWorkspace.ts";

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("The command that looks at gradients", function () {
  this.timeout(180_000);
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-gradients-"));
    await writeFile(join(folder, "text.js"), Array.from({ length: 8 }, (_, index) => sourceText(index)).join("\n"));
    await writeFile(join(folder, "short.js"), sourceText(1));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  function inspect(args: readonly string[], path = "text.js"): Promise<Outcome> {
    const given = [bundle("cli.cjs"), "inspect", "gradients", path, "--hidden", "16", "--window", "24", ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, given, { cwd: folder }, (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  }

  for (const backend of ["tensorflow", "portable"]) {
    it(`looks before and after training, and writes a report (${backend})`, async () => {
      const given = ["--budget", "3s", "--backend", backend, "--json", "--report", "report.html"];
      const { exitCode, stdout, stderr } = await inspect(given);
      assert.equal(exitCode, 0, stderr);
      const rows = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as GradientRow);
      assert.deepEqual(
        rows.map(({ model, stage }) => `${model} ${stage}`),
        ["rnn", "lstm", "gru"].flatMap((model) => [`${model} untrained`, `${model} trained`]),
      );
      for (const row of rows) {
        assert.equal(row.hiddenNorms.length, 24);
        assert.ok(row.hiddenNorms.every(Number.isFinite));
        assert.ok(row.singularValues.every(({ value }) => value > 0));
        assert.ok(row.stage === "untrained" || (row.training?.steps ?? 0) > 0);
      }
      assert.match(await readFile(join(folder, "report.html"), "utf8"), /<h2>Clipping<\/h2>/u);
    });
  }

  it("refuses what makes no sense in one line", async () => {
    const long = await inspect(["--window", "1024"], "short.js");
    assert.equal(long.exitCode, 1);
    assert.match(long.stderr, /fewer than the window of 1024; choose a window of at most \d+/u);
    const unknown = await inspect(["--models", "rnn,transformer"]);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /no network called "transformer" here; write some of rnn, lstm, gru/u);
  });
});
