import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type CheckpointRead, openCheckpointStore, type ResumeRead } from "../../src/checkpoints/checkpointStore.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { sha256 } from "../../src/node/sha256.ts";
import { skipAloud } from "../skipAloud.ts";
import { bundle } from "./distFolder.ts";
import { createSmallWorkspace, type SmallWorkspace } from "./smallWorkspace.ts";

type JsonLine = Readonly<Record<string, unknown>>;

interface Outcome {
  readonly exitCode: number | null;
  readonly lines: readonly JsonLine[];
  readonly stderr: string;
}

interface RunOptions {
  /** Called for every line on standard output, as it comes. */
  readonly onLine?: (line: JsonLine, child: ChildProcess) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

const TINY = ["--hidden", "16", "--vocab", "300", "--json"] as const;
const PORTABLE = ["--backend", "portable"] as const;

describe("A training that is interrupted", function () {
  this.timeout(120_000);

  let small: SmallWorkspace;
  let older = "";

  before(async () => {
    small = await createSmallWorkspace();
    older = join(small.root, "older");
    const { exitCode, stderr } = await inkling([
      "train",
      small.workspace,
      "--out",
      older,
      "--epochs",
      "2",
      ...TINY,
      ...PORTABLE,
    ]);
    assert.equal(exitCode, 0, stderr);
  });

  after(() => small.remove());

  /** Runs the command line in a process group of its own, as a terminal or a service manager does. */
  function inkling(args: readonly string[], { onLine, environment = {} }: RunOptions = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [bundle("cli.cjs"), ...args], {
      cwd: small.root,
      detached: true,
      env: { ...process.env, ...environment },
    });
    const lines: JsonLine[] = [];
    let rest = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const [last = "", ...whole] = (rest + text).split("\n").reverse();
      rest = last;
      for (const line of whole.reverse()) {
        lines.push(JSON.parse(line) as JsonLine);
        onLine?.(lines.at(-1) ?? {}, child);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((resolve) =>
      child.on("exit", (exitCode) => {
        setImmediate(() => {
          resolve({ exitCode, lines, stderr });
        });
      }),
    );
  }

  const train = (out: string, more: readonly string[], options?: RunOptions): Promise<Outcome> =>
    inkling(["train", small.workspace, "--out", out, ...TINY, ...PORTABLE, ...more], options);

  const storeOf = (directory: string) => openCheckpointStore(directory, createNodeFileStore(), sha256);
  const readModel = (directory: string): Promise<CheckpointRead> => storeOf(directory).read();
  const readResume = (directory: string): Promise<ResumeRead> => storeOf(directory).readResume();

  /** Calls `act` at the first line of a type. */
  function atFirst(type: string, act: (child: ChildProcess) => void): RunOptions {
    let isDone = false;
    return {
      onLine: (line, child) => {
        if (!isDone && line["type"] === type) {
          isDone = true;
          act(child);
        }
      },
    };
  }

  for (const signals of [["SIGTERM"], ["SIGHUP"], ["SIGTERM", "SIGTERM", "SIGHUP"]] as const) {
    it(`by ${signals.join(", ")} to its whole process group saves what it has learnt, to go on with`, async () => {
      const out = join(small.root, signals.join("-"));
      const outcome = await train(
        out,
        ["--budget", "1h"],
        atFirst("checkpoint", ({ pid }) => {
          signals.forEach((signal) => process.kill(-Number(pid), signal));
        }),
      );
      assert.equal(outcome.exitCode, 0, outcome.stderr);
      assert.equal(outcome.lines.at(-1)?.["stopped"], "cancelled");
      const read = await readResume(out);
      assert.ok(read.kind === "resume", "there is a state to go on from");
      assert.equal(read.resume.trainer["step"], read.checkpoint.progress.step, "it is that of the end");
      assert.ok(!(await readdir(out)).includes("training.lock"));
    });
  }

  it("because nobody reads its output any more saves what it has learnt and says so to the shell", async () => {
    const out = join(small.root, "piped");
    const outcome = await train(
      out,
      ["--budget", "1h"],
      atFirst("checkpoint", (child) => child.stdout?.destroy()),
    );
    assert.equal(outcome.exitCode, 141, outcome.stderr);
    assert.match(outcome.stderr, /Nobody reads the output any more/);
    assert.equal((await readResume(out)).kind, "resume");
  });

  for (const phase of ["backend", "corpus", "tokenizer", "training", "evaluating", "saving"]) {
    it(`by Ctrl+C in the phase "${phase}" leaves a whole model, the old one where there is no better`, async () => {
      const out = join(small.root, `at-${phase}`);
      await cp(older, out, { recursive: true });
      const before = await readModel(out);
      let isPressed = false;
      const outcome = await train(out, ["--epochs", "4", "--seed", "7"], {
        onLine: (line, child) => {
          if (!isPressed && line["phase"] === phase) {
            isPressed = true;
            process.kill(-Number(child.pid), "SIGINT");
          }
        },
      });
      assert.ok(isPressed, "the phase was seen");
      assert.ok(outcome.exitCode === 0 || outcome.exitCode === 130, outcome.stderr);
      const after = await readModel(out);
      assert.ok(after.kind === "checkpoint");
      // Two passes with another seed would know more; one that is stopped before them does not.
      const hasSaved = outcome.lines.some(({ type }) => type === "checkpoint");
      assert.equal(isDeepStrictEqual(after, before), !hasSaved);
      assert.equal((await readResume(out)).kind, "resume");
      const strangers = (await readdir(out)).filter(
        (name) => !/^(?:checkpoint\.json|[a-z]+-[0-9a-f]+\.bin)$/.test(name),
      );
      assert.deepEqual(strangers, [], "no lock and nothing half written stays");
    });
  }

  it("while TensorFlow trains goes on without it, from the very step", async function () {
    const [report] = (await inkling(["doctor", "--json"])).lines;
    if (report?.["backend"] !== "tensorflow") {
      skipAloud(this, `no TensorFlow here: ${String(report?.["reasons"])}`);
    }
    const out = join(small.root, "across");
    const args = ["train", small.workspace, "--out", out, "--epochs", "400", "--seed", "3", ...TINY];
    const first = await inkling(
      [...args, "--backend", "tensorflow"],
      atFirst("checkpoint", (child) => child.kill("SIGINT")),
    );
    assert.equal(first.lines.at(-1)?.["backend"], "tensorflow", first.stderr);
    const earlier = await readResume(out);
    assert.ok(earlier.kind === "resume");
    const step = Number(earlier.resume.trainer["step"]);
    const second = await inkling(
      [...args, "--resume", ...PORTABLE],
      atFirst("checkpoint", (child) => child.kill("SIGINT")),
    );
    assert.equal(second.exitCode, 0, second.stderr);
    assert.equal(second.lines.at(-1)?.["backend"], "portable");
    const progress = second.lines.find(({ type }) => type === "progress");
    assert.ok(Number(progress?.["step"]) > step, `step ${String(progress?.["step"])} after ${step}`);
    const later = await readResume(out);
    assert.ok(later.kind === "resume");
    assert.equal(later.checkpoint.origin.backend, "portable");
    assert.ok(Number(later.resume.trainer["optimizerStep"]) > Number(earlier.resume.trainer["optimizerStep"]));
    const nats = ({ checkpoint }: typeof later): number => checkpoint.progress.sample?.nats ?? Infinity;
    assert.ok(nats(later) <= nats(earlier), "the best was not lost on the way");
  });

  it("says which TensorFlow it uses where the one that was asked for is none", async function () {
    const environment = { INKLING_TENSORFLOW: join(small.root, "nowhere") };
    const out = join(small.root, "asked");
    const args = ["train", small.workspace, "--out", out, "--epochs", "1", ...TINY, "--backend", "tensorflow"];
    const outcome = await inkling(args, { environment });
    if (outcome.exitCode !== 0) {
      assert.match(outcome.stderr, /nowhere \(chosen by INKLING_TENSORFLOW\) has no TensorFlow/);
      skipAloud(this, "no TensorFlow here to use instead");
    }
    assert.match(
      outcome.stderr,
      /Warning: .*nowhere \(chosen by INKLING_TENSORFLOW\) has no TensorFlow.* Training with TensorFlow/,
    );
  });
});
