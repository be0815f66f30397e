import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingBenchRow } from "../../src/cli/trainingBench.ts";
import { runCli } from "./runCli.ts";

/** In place of a Python with PyTorch: answers as the script would that it is given, and keeps what it was asked and started with. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const note = (value) => appendFileSync(__dirname + "/asked", JSON.stringify(value) + "\\n");
const { OMP_NUM_THREADS, MALLOC_MMAP_THRESHOLD_ } = process.env;
note({ device: process.argv[4], OMP_NUM_THREADS, MALLOC_MMAP_THRESHOLD_ });
console.log(JSON.stringify({ version: "0.0" }));
createInterface({ input: process.stdin }).on("line", (line) => {
  note(JSON.parse(line));
  console.log(JSON.stringify(Array(JSON.parse(line).stepCount).fill(2)));
});
`;

describe("bench training", function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-training-bench-"));
    await writeFile(join(folder, "python"), STAND_IN);
    await chmod(join(folder, "python"), 0o755);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function bench(...args: readonly string[]): Promise<readonly TrainingBenchRow[]> {
    const sizes = ["--shapes", "1x16,2x8", "--batch", "4", "--window", "8", "--vocab", "50"];
    const flags = [...sizes, "--rounds", "2", "--steps", "3", "--threads", "2", ...args];
    const { exitCode, stdout, stderr } = await runCli(["bench", "training", ...flags, "--json"], { cwd: folder });
    assert.equal(exitCode, 0, stderr);
    return (JSON.parse(stdout) as { rows: readonly TrainingBenchRow[] }).rows;
  }

  it("prints the speeds of each shape, in turn with those of PyTorch, which has the same threads and memory and warms up too", async () => {
    const rows = await bench("--python", join(folder, "python"));
    assert.deepEqual(
      rows.map(({ shape, batch, window, vocabulary }) => [shape, batch, window, vocabulary]),
      [
        ["1×16", 4, 8, 50],
        ["2×8", 4, 8, 50],
      ],
    );
    for (const { inkling, inklingFloat32, torchFloat32, torchBf16 } of rows) {
      // 32 tokens in 2 ms.
      assert.equal(torchFloat32, 16_000);
      assert.ok(torchBf16 === null ? inkling === inklingFloat32 : torchBf16 === 16_000);
      assert.ok(inkling > 0 && inklingFloat32 > 0);
    }
    const [started, ...all] = (await readFile(join(folder, "asked"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => {
        return JSON.parse(line) as Record<string, unknown>;
      });
    assert.deepEqual(started, { device: "cpu", OMP_NUM_THREADS: "2", MALLOC_MMAP_THRESHOLD_: String(4 * 2 ** 30) });
    const modes = rows[0]?.torchBf16 === null ? [false] : [false, true];
    const [warmUps, asked] = [all.slice(0, modes.length), all.slice(modes.length)];
    assert.deepEqual(
      warmUps.map(({ isBfloat16, hiddenSize, stepCount }) => [isBfloat16, hiddenSize, stepCount]),
      modes.map((mode) => [mode, 16, 500]),
    );
    const jobs = [16, 8].flatMap((hiddenSize) => [1, 2].flatMap(() => modes.map((mode) => [hiddenSize, mode])));
    assert.deepEqual(
      asked.map(({ hiddenSize, isBfloat16 }) => [hiddenSize, isBfloat16]),
      jobs,
    );
    assert.ok(
      asked.every(({ laneCount, windowTokens, stepCount }) => laneCount === 4 && windowTokens === 8 && stepCount === 3),
    );
    assert.ok(asked.every(({ tokenLaw }) => tokenLaw === "zipf"));
  });

  it("has PyTorch draw its tokens by the law that was asked for", async () => {
    const rows = await bench("--python", join(folder, "python"), "--tokens", "uniform");
    const lines = (await readFile(join(folder, "asked"), "utf8")).trim().split("\n");
    const asked = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ stepCount }) => stepCount === 3);
    assert.ok(asked.length >= 4);
    assert.ok(asked.every(({ tokenLaw }) => tokenLaw === "uniform"));
    assert.ok(rows.every(({ tokens }) => tokens === "uniform"));
  });

  it("refuses networks that cannot be trained before anything is started", async () => {
    for (const shapes of ["99x4", "1x20000", "0x4", "2x", "1x8,65x8"]) {
      const { exitCode, stderr } = await runCli(["bench", "training", "--no-torch", "--shapes", shapes], {
        cwd: folder,
      });
      assert.equal(exitCode, 2, shapes);
      assert.match(stderr, /at most 64 layers and 16384 units/);
    }
  });

  it("prints the rows that were measured where it fails on the way", async () => {
    const mortal = STAND_IN.replace(
      "note(JSON.parse(line));",
      "note(JSON.parse(line)); if (line.includes('\"hiddenSize\":8')) process.exit(1);",
    );
    await writeFile(join(folder, "python"), mortal);
    const sizes = ["--shapes", "1x16,2x8", "--batch", "4", "--window", "8", "--vocab", "50", "--rounds", "1", "--json"];
    const { exitCode, stdout } = await runCli(["bench", "training", ...sizes, "--python", join(folder, "python")], {
      cwd: folder,
    });
    const [{ rows }, error] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown) as [{ rows: readonly TrainingBenchRow[] }, { type: string }];
    assert.deepEqual([exitCode, rows.map(({ shape }) => shape), error.type], [1, ["1×16"], "error"]);
  });

  it("refuses a Python that it would not use", async () => {
    const { exitCode, stderr } = await runCli(["bench", "training", "--no-torch", "--python", "python3"], {
      cwd: folder,
    });
    assert.equal(exitCode, 2);
    assert.match(stderr, /--python.*cannot be used with.*--no-torch/);
  });

  it("leaves PyTorch out where that is wanted", async () => {
    const rows = await bench("--no-torch");
    assert.deepEqual(
      rows.map(({ torchFloat32, torchBf16 }) => [torchFloat32, torchBf16]),
      [
        [null, null],
        [null, null],
      ],
    );
  });
});
