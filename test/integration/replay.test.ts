import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReplayResult } from "../../src/cli/replayCommand.ts";
import { bundle } from "./distFolder.ts";
import { createSmallWorkspace, type SmallWorkspace, sourceText } from "./smallWorkspace.ts";

const NOTES = "this file is about counting the values\n";

describe("Replaying what a newer version adds", function () {
  this.timeout(240_000);

  let small: SmallWorkspace;
  let newer = "";
  // No line of it is in the workspace: else it would count as copied.
  const addedText = sourceText(99)
    .replaceAll("Of(", "For(")
    .replaceAll("const ", "let ")
    .replaceAll("return ", "yield ");

  before(async () => {
    small = await createSmallWorkspace();
    newer = join(small.root, "newer");
    await cp(small.workspace, newer, { recursive: true });
    await writeFile(join(newer, "moduleNew.js"), addedText);
    await writeFile(join(newer, "notes.txt"), NOTES);
    const tiny = ["--hidden", "16", "--vocab", "300", "--backend", "portable", "--epochs", "4", "--json"];
    const trained = await inkling(["train", small.workspace, "--out", "model", ...tiny]);
    assert.equal(trained.exitCode, 0, trained.stderr);
  });

  after(() => small.remove());

  function inkling(
    args: readonly string[],
  ): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
    const child = spawn(process.execPath, [bundle("cli.cjs"), ...args], { cwd: small.root });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((resolve) =>
      child.on("close", (exitCode) => {
        resolve({ exitCode, stdout, stderr });
      }),
    );
  }

  async function replay(...flags: readonly string[]): Promise<ReplayResult> {
    const outcome = await inkling(["replay", small.workspace, newer, "--model", "model", "--json", ...flags]);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    return JSON.parse(outcome.stdout) as ReplayResult;
  }

  it("types every new character once, and its figures agree with one another", async () => {
    const result = await replay("--report", "report.html");
    assert.equal(result.typedCharacters, addedText.length + NOTES.length);
    assert.equal(result.characters, result.typedCharacters);
    assert.deepEqual([result.eagerness, result.eagernessCurve, result.eagernessChosenOn], [null, null, null]);
    assert.deepEqual(Object.keys(result.perLanguage).sort(), ["js", "txt"]);
    assert.equal(
      Object.values(result.perLanguage).reduce((sum, { keystrokes }) => sum + keystrokes, 0),
      result.keystrokes,
    );
    const { characters, keystrokes, keystrokesSaved, netSaved, completedRatio, shown, accepted } = result;
    assert.equal(keystrokesSaved, 1 - keystrokes / characters);
    assert.equal(netSaved, 1 - (keystrokes + shown / 2) / characters);
    assert.equal(keystrokes, characters - Math.round((completedRatio ?? 0) * characters) + accepted);
    assert.equal(result.coverageCurve?.[0]?.netSaved, netSaved);
    // The text repeats itself, so that a baseline which saves nothing would be broken.
    assert.ok((result.baselines["character"]?.netSaved ?? 0) > 0.2);
    assert.ok(result.latencyMs.p50 <= result.latencyMs.p95 && result.latencyMs.p95 <= result.latencyMs.p99);
    const html = await readFile(join(small.root, "report.html"), "utf8");
    // A report compares with all baselines, unless others are asked for.
    for (const name of ["Character n-gram", "Word-based (VS Code)", "Counts only", "LSTM only"]) {
      assert.ok(html.includes(name), name);
    }
  });

  it("measures each expert alone where asked to, and stops at the limit", async () => {
    const { baselines, characters } = await replay("--baselines", "all", "--limit", "300", "--eagerness", "0.8");
    assert.equal(characters, 300);
    assert.deepEqual(Object.keys(baselines), ["character", "words", "counts", "lstm"]);
    for (const system of Object.values(baselines)) {
      assert.equal(system.characters, 300);
    }
  });

  it("says what is wrong where nothing was typed, a folder is none, or the eagerness is no share", async () => {
    const same = await inkling(["replay", small.workspace, small.workspace, "--model", "model"]);
    assert.deepEqual([same.exitCode, same.stdout], [1, ""]);
    assert.match(same.stderr, /adds no line .* that somebody would have typed/);
    const missing = await inkling(["replay", "nowhere", newer, "--model", "model"]);
    assert.match(missing.stderr, /nowhere is no folder/);
    const eager = await inkling(["replay", small.workspace, newer, "--model", "model", "--eagerness", "2"]);
    assert.equal(eager.exitCode, 2);
    assert.match(eager.stderr, /from 0 to 1, or "net"/);
    const word = await inkling(["replay", small.workspace, newer, "--model", "model", "--eagerness", "eager"]);
    assert.match(word.stderr, /from 0 to 1, or "net"/);
  });

  it("refuses before it types where the report could not be written", async () => {
    // A model that is missing too would be the complaint of the typing.
    const toFolder = ["--model", "none", "--report", "newer", "--json"];
    const outcome = await inkling(["replay", small.workspace, newer, ...toFolder]);
    assert.equal(outcome.exitCode, 1);
    assert.match(outcome.stdout, /newer is a folder; name a file for the report/);
    assert.equal(outcome.stdout.trim().split("\n").length, 1);
  });

  it("chooses the eagerness on hunks that the limit leaves over, and types no more than the limit", async () => {
    const chosen = await replay("--eagerness", "net", "--limit", "30", "--seed", "2", "--baselines", "none");
    assert.equal(chosen.eagernessChosenOn, "otherHunks");
    assert.equal(chosen.characters, 30);
    assert.ok(chosen.eagernessCurve?.some(({ eagerness }) => eagerness === chosen.eagerness));
  });
});
