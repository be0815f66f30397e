import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnText, type Outcome, runCli } from "./runCli.ts";
import { createSmallWorkspace, type SmallWorkspace, sourceText } from "./smallWorkspace.ts";

type JsonLine = Readonly<Record<string, unknown>>;

const PORTABLE = ["--backend", "portable"] as const;
const TINY = ["--hidden", "16", "--vocab", "300", ...PORTABLE] as const;

describe("The command line", function () {
  this.timeout(120_000);

  let small: SmallWorkspace;
  let model = "";
  let trained: Outcome;

  before(async () => {
    small = await createSmallWorkspace();
    model = join(small.root, "model");
    trained = await inkling(["train", small.workspace, "--out", model, "--epochs", "4", "--json", ...TINY]);
  });

  after(() => small.remove());

  /** Runs the command line; `onLine` sees standard output line by line while it runs. */
  function inkling(args: readonly string[], onLine?: OnText): Promise<Outcome> {
    const onOut: OnText = (text, kill) => {
      text.split("\n").forEach((line) => onLine?.(line, kill));
    };
    return runCli(args, { cwd: small.root, onOut });
  }

  /** The JSON lines on standard output; fails where there is anything else. */
  function jsonLines({ stdout }: Outcome): readonly JsonLine[] {
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as JsonLine);
  }

  function checkNumbers(line: JsonLine | undefined, names: readonly string[]): void {
    assert.ok(line !== undefined, "no such line");
    for (const name of names) {
      assert.ok(Number.isFinite(line[name]), `${name} is ${String(line[name])}`);
    }
  }

  it("trains, with progress, evaluation and a last line as promised", () => {
    assert.equal(trained.exitCode, 0, trained.stderr);
    const lines = jsonLines(trained);
    checkNumbers(
      lines.find(({ type }) => type === "progress"),
      [
        "elapsedSeconds",
        "step",
        "tokens",
        "epoch",
        "lossNats",
        "perplexity",
        "gradientNorm",
        "clippedFraction",
        "tokensPerSecond",
        "learningRate",
      ],
    );
    const evaluation = lines.findLast(({ type }) => type === "evaluation");
    checkNumbers(evaluation, ["tokens", "bytes", "nats", "perplexity", "bitsPerByte"]);
    const { split, tokens, nats, perplexity } = evaluation ?? {};
    assert.equal(split, "validation");
    assert.ok(Math.abs(Number(perplexity) - Math.exp(Number(nats) / Number(tokens))) < 1e-6);
    assert.deepEqual(lines.at(-1), { type: "done", model, backend: "portable", device: "cpu", stopped: "epochs" });
    assert.equal(lines.filter(({ type }) => type === "done").length, 1);
  });

  it("leaves one manifest and its three binaries in the model's directory", async () => {
    const names = (await readdir(model)).map((name) => name.replace(/-[0-9a-f]+/, ""));
    assert.deepEqual(names.sort(), ["checkpoint.json", "documents.bin", "resume.bin", "weights.bin"]);
  });

  it("says in words what it does without --json, results on standard output", async () => {
    const { exitCode, stdout, stderr } = await inkling([
      "train",
      small.workspace,
      "--out",
      join(small.root, "words"),
      "--epochs",
      "1",
      ...TINY,
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^All epochs are done\. [\d.]+ bits per byte\. Model in .*words, trained by the portable backend on the CPU\.\n$/,
    );
    assert.match(stderr, /24 files, [\d,]+ training and [\d,]+ validation tokens of 300 pieces/);
    assert.match(stderr, /validation perplexity/);
  });

  it("goes on with a model when asked to resume, and starts anew when not", async () => {
    const out = join(small.root, "resumed");
    const stepsOf = (outcome: Outcome): number =>
      Number(jsonLines(outcome).findLast(({ type }) => type === "checkpoint")?.["step"]);
    const train = (...more: readonly string[]): Promise<Outcome> =>
      inkling(["train", small.workspace, "--out", out, "--json", ...TINY, ...more]);
    const first = stepsOf(await train("--epochs", "1"));
    const resumed = stepsOf(await train("--epochs", "2", "--resume"));
    const anew = stepsOf(await train("--epochs", "1"));
    assert.ok(first > 0 && resumed > first, `${first}, then ${resumed}`);
    assert.equal(anew, first);
  });

  it("keeps the model and says so when it is cancelled by Ctrl+C", async () => {
    const out = join(small.root, "cancelled");
    let isInterrupted = false;
    const outcome = await inkling(
      ["train", small.workspace, "--out", out, "--budget", "1h", "--json", ...TINY],
      (line, kill) => {
        if (!isInterrupted && line.includes('"checkpoint"')) {
          isInterrupted = true;
          kill("SIGINT");
        }
      },
    );
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.equal(jsonLines(outcome).at(-1)?.["stopped"], "cancelled");
    assert.match(outcome.stderr, /press Ctrl\+C again/);
    const evaluated = await inkling(["evaluate", join(small.workspace, "module1.js"), "--model", out, "--json"]);
    assert.equal(evaluated.exitCode, 0, evaluated.stderr);
  });

  it("evaluates files outside the training set without a warning", async () => {
    const held = join(small.root, "held.js");
    await writeFile(held, sourceText(99));
    const outcome = await inkling(["evaluate", held, "--model", model, "--json"]);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.equal(outcome.stderr, "");
    const [line, ...rest] = jsonLines(outcome);
    checkNumbers(line, ["tokens", "bytes", "nats", "perplexity", "bitsPerByte", "top1", "mrr"]);
    assert.deepEqual(rest, []);
    assert.equal(line?.["bytes"], Buffer.byteLength(sourceText(99)));
  });

  it("warns of files that were trained on, by file and by folder", async () => {
    const folder = await inkling(["evaluate", small.workspace, "--model", model, "--json"]);
    const count = Number(jsonLines(folder)[0]?.["trainedFileCount"]);
    assert.ok(count > 10 && count < 24, `${count} files`);
    assert.match(folder.stderr, new RegExp(`trained on ${count} of these files`));
    const name = /(\/[^ ,]+module\d+\.js)/.exec(folder.stderr)?.[1] ?? "";
    const file = await inkling(["evaluate", name, "--model", model]);
    assert.match(file.stderr, /trained on 1 of these files/);
    const copy = join(small.root, "copy.js");
    await copyFile(name, copy);
    const copied = await inkling(["evaluate", copy, "--model", model, "--json"]);
    assert.match(copied.stderr, /trained on the text of 1 of these files, which it knows by other names.*copy\.js/);
    assert.equal(jsonLines(copied)[0]?.["trainedFileCount"], 1);
    assert.match(file.stdout, /Bits per byte/);
  });

  it("samples the same text for the same seed, beginning with the prompt", async () => {
    const sample = (seed: string): Promise<Outcome> =>
      inkling(["sample", "--model", model, "--prompt", "function ", "--length", "20", "--seed", seed]);
    const [first, again, other] = [await sample("3"), await sample("3"), await sample("4")];
    assert.equal(first.exitCode, 0, first.stderr);
    assert.ok(first.stdout.startsWith("function "));
    assert.equal(again.stdout, first.stdout);
    assert.notEqual(other.stdout, first.stdout);
  });

  it("completes at a place in a file, with ranges that count as VS Code does", async () => {
    // A line that the model has seen in every file, after one with a character of two units.
    const file = join(small.root, "typed.js");
    await writeFile(file, `${sourceText(5)}\n// ü😀\nfunc`);
    const line = sourceText(5).split("\n").length + 1;
    const place = ["--line", String(line), "--column", "4"];
    const learnt = join(small.root, "learnt");
    const options = ["--hidden", "48", "--vocab", "300", "--epochs", "30", "--json", ...PORTABLE];
    await inkling(["train", small.workspace, "--out", learnt, ...options]);
    const outcome = await inkling(["complete", "--model", learnt, "--file", file, ...place, "--json"]);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    const [answer] = jsonLines(outcome);
    checkNumbers(answer, ["elapsedMs"]);
    const suggestions = answer?.["suggestions"] as {
      text: string;
      range: { start: unknown; end: unknown };
      probability: number;
    }[];
    const [first] = suggestions;
    assert.ok(first !== undefined, `nothing was suggested: ${outcome.stdout}`);
    assert.match(first.text, /^function/);
    for (const { range, probability } of suggestions) {
      assert.ok(probability > 0 && probability <= 1);
      assert.deepEqual(range, { start: { line, column: 0 }, end: { line, column: 4 } });
    }
  });

  it("tells what trains on this machine", async () => {
    const outcome = await inkling(["doctor", "--json"]);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    const [report] = jsonLines(outcome);
    assert.equal(report?.["node"], process.version);
    assert.ok(report["backend"] === "tensorflow" || report["backend"] === "portable");
    assert.ok(report["device"] === "cpu" || report["device"] === "gpu");
    assert.equal(report["tensorflow"] === null, report["backend"] === "portable");
    assert.ok(Array.isArray(report["reasons"]));
    assert.ok(report["backend"] === "tensorflow" || report["reasons"].length > 0, "no reason is given");
  });

  describe("used wrongly or in a bad place", () => {
    const rows: readonly (readonly [string, (at: SmallWorkspace) => readonly string[], 1 | 2, RegExp])[] = [
      [
        "no such folder",
        ({ root }) => ["train", join(root, "nowhere"), "--out", join(root, "o")],
        1,
        /nowhere does not exist; name the folder/,
      ],
      [
        "a file for a folder",
        ({ root, workspace }) => ["train", join(workspace, "module0.js"), "--out", join(root, "o")],
        1,
        /is not a folder/,
      ],
      [
        "a directory of the user's for the model",
        ({ workspace }) => ["train", workspace, "--out", workspace, ...PORTABLE],
        1,
        /not empty and holds no Inkling checkpoint/,
      ],
      [
        "an unwritable place for the model",
        ({ workspace }) => ["train", workspace, "--out", "/proc/inkling/model", ...PORTABLE],
        1,
        /Cannot write/,
      ],
      [
        "resuming nothing",
        ({ root, workspace }) => ["train", workspace, "--out", join(root, "none"), "--resume", ...PORTABLE],
        1,
        /no Inkling checkpoint in/,
      ],
      [
        "an empty folder",
        ({ root }) => ["train", join(root, "empty"), "--out", join(root, "o"), ...PORTABLE],
        1,
        /no text to learn from/,
      ],
      [
        "a budget of no unit",
        ({ workspace }) => ["train", workspace, "--out", "o", "--budget", "120"],
        2,
        /Write a duration such as 120s/,
      ],
      [
        "a negative size",
        ({ workspace }) => ["train", workspace, "--out", "o", "--hidden", "-3"],
        2,
        /Write a whole number of at least 1/,
      ],
      [
        "a backend that does not exist",
        ({ workspace }) => ["train", workspace, "--out", "o", "--backend", "cuda"],
        2,
        /Allowed choices are auto/,
      ],
      [
        "a vocabulary too small for its kind",
        ({ workspace }) => ["train", workspace, "--out", "o", "--vocab", "100"],
        2,
        /byte-pair \(bpe\) vocabulary may have from 256 to 65536 pieces; 100 were asked for/,
      ],
      ["no --out", ({ workspace }) => ["train", workspace], 2, /--out/],
      ["an unknown command", () => ["learn"], 2, /unknown command 'learn'/],
      [
        "a directory without a model to evaluate",
        ({ root, workspace }) => ["evaluate", workspace, "--model", root],
        1,
        /no Inkling checkpoint/,
      ],
      [
        "a path that does not exist to evaluate on",
        ({ root }) => ["evaluate", join(root, "nowhere"), "--model", join(root, "model")],
        1,
        /does not exist/,
      ],
      [
        "an empty file to evaluate on",
        ({ root }) => ["evaluate", join(root, "empty.txt"), "--model", join(root, "model")],
        1,
        /There is nothing to score/,
      ],
      [
        "a directory without a model to sample from",
        ({ root }) => ["sample", "--model", root],
        1,
        /no Inkling checkpoint/,
      ],
      [
        "a temperature that is no number",
        ({ root }) => ["sample", "--model", root, "--temperature", "NaN"],
        2,
        /Write a number of at least 0/,
      ],
      [
        "a line beyond the file",
        ({ root, workspace }) => [
          "complete",
          "--model",
          join(root, "model"),
          "--file",
          join(workspace, "module0.js"),
          "--line",
          "9999",
          "--column",
          "0",
        ],
        1,
        /its last is --line \d+/,
      ],
      [
        "a column beyond the line",
        ({ root, workspace }) => [
          "complete",
          "--model",
          join(root, "model"),
          "--file",
          join(workspace, "module0.js"),
          "--line",
          "0",
          "--column",
          "9999",
        ],
        1,
        /ends at --column \d+/,
      ],
      [
        "a file that does not exist",
        ({ root }) => [
          "complete",
          "--model",
          join(root, "model"),
          "--file",
          join(root, "nowhere"),
          "--line",
          "0",
          "--column",
          "0",
        ],
        1,
        /nowhere does not exist/,
      ],
    ];

    before(async () => {
      await mkdir(join(small.root, "empty"));
      await writeFile(join(small.root, "empty.txt"), "");
    });

    for (const [title, args, exitCode, message] of rows) {
      it(`answers ${title} with one clear line and exit code ${exitCode}`, async () => {
        const outcome = await inkling([...args(small), "--json"]);
        assert.equal(outcome.exitCode, exitCode, outcome.stderr);
        const [firstLine = ""] = outcome.stderr.split("\n");
        assert.match(firstLine, /^inkling: /);
        assert.match(outcome.stderr, message);
        const error = jsonLines(outcome).at(-1);
        assert.equal(error?.["type"], "error");
        assert.equal(typeof error["code"], "string");
        assert.match(String(error["message"]), message);
        assert.ok(!outcome.stderr.includes("    at "), "shows a stack");
      });
    }
  });
});
