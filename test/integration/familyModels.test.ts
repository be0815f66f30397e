import assert from "node:assert/strict";
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnText, type Outcome, runCli } from "./runCli.ts";
import { createSmallWorkspace, type SmallWorkspace, sourceText } from "./smallWorkspace.ts";

type JsonLine = Readonly<Record<string, unknown>>;

const SMALL = ["--hidden", "16", "--set", "laneCount=4", "--set", "windowTokens=16"];

describe("Networks that do not suggest, through the command line", function () {
  this.timeout(180_000);
  let small: SmallWorkspace;

  before(async () => {
    small = await createSmallWorkspace();
  });

  after(() => small.remove());

  /** Runs the command line; `onLine` sees standard output line by line while it runs. */
  function inkling(args: readonly string[], onLine?: OnText): Promise<Outcome> {
    const onOut: OnText = (text, kill) => {
      text.split("\n").forEach((line) => onLine?.(line, kill));
    };
    return runCli(args, { cwd: small.root, onOut });
  }

  async function linesOf(args: readonly string[]): Promise<readonly JsonLine[]> {
    const { exitCode, stdout, stderr } = await inkling([...args, "--json"]);
    assert.equal(exitCode, 0, stderr);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as JsonLine);
  }

  const train = (network: string, out: string, others: readonly string[]): readonly string[] => [
    ...["train", small.workspace, "--model", network, "--out", join(small.root, out)],
    ...others,
    ...SMALL,
  ];

  for (const [network, tokenizer, backend] of [
    ["mos", "char", "tensorflow"],
    ["retention", "bpe", "tensorflow"],
    ["qrnn", "word", "portable"],
    ["window", "char", "portable"],
    ["lstm", "word", "portable"],
  ] as const) {
    it(`trains ${network} on ${tokenizer}s, keeps it, has it write and scores it (${backend})`, async () => {
      const out = `${network}-${backend}`;
      const vocabulary = tokenizer === "bpe" ? ["--vocab", "300"] : [];
      const options = ["--tokenizer", tokenizer, ...vocabulary, "--epochs", "0.5", "--backend", backend];
      const events = await linesOf(train(network, out, options));
      const final = events.find(({ isFinal }) => isFinal === true);
      assert.deepEqual([final?.["split"], events.at(-1)?.["stopped"]], ["test", "epochs"]);
      const names = await readdir(join(small.root, out));
      assert.deepEqual(names.map((name) => name.replace(/-[0-9a-f]{16}/u, "")).sort(), ["family.bin", "family.json"]);
      const sample = ["sample", "--model", out, "--prompt", "function", "--length", "12", "--seed", "3"];
      const [first, again] = [await linesOf(sample), await linesOf([...sample, "--top-p", "1"])];
      assert.ok(String(first[0]?.["text"]).length > 0);
      assert.equal(again[0]?.["text"], first[0]?.["text"]);
      const file = join(small.workspace, "module1.js");
      const [figures] = await linesOf(["evaluate", file, "--model", out]);
      assert.equal(figures?.["network"], network);
      const [perplexity, tokens] = [Number(figures["perplexity"]), Number(figures["tokens"])];
      assert.ok(perplexity > 1 && perplexity < 300 && tokens > 100, JSON.stringify(figures));
    });
  }

  it("says what models of any kind expect at a place, side by side, and what they give to what comes", async () => {
    const place = `${join(small.workspace, "module1.js")}:2:3`;
    await linesOf(train("rnn", "beside", ["--epochs", "0.2", "--vocab", "300", "--backend", "portable"]));
    const models = ["beside", "mos-tensorflow", "qrnn-portable"];
    const named = models.flatMap((model) => ["--model", model]);
    const told = await linesOf(["inspect", "context", place, ...named, "--count", "3"]);
    assert.deepEqual(
      told.map(({ model, line, column, network }) => [model, line, column, network]),
      [
        ["beside", 2, 3, undefined],
        ["mos-tensorflow", 2, 3, "mos"],
        ["qrnn-portable", 2, 3, "qrnn"],
      ],
    );
    for (const { next, comes } of told as readonly {
      next: readonly unknown[];
      comes: { nats: number; bits: number };
    }[]) {
      assert.ok(next.length > 0 && next.length <= 3);
      assert.ok(comes.bits > 0 && Math.abs(comes.bits * Math.LN2 - comes.nats) < 1e-9);
    }
    const { stdout } = await inkling(["inspect", "context", place, ...named]);
    assert.match(stdout, /^ +beside +mos-tensorflow +qrnn-portable$/mu);
    assert.match(stdout, /^What comes: +"[^\n]+ bits/mu);
    for (const [args, message] of [
      [["inspect", "context", place, "--model", "workspace"], /no Inkling checkpoint in/u],
      [["inspect", "context", `${place}000`, ...named], /ends at column/u],
      [["inspect", "context", place, "--model", "mos-tensorflow", "--folder", "workspace"], /counted beside lstm/u],
    ] as const) {
      const { exitCode, stderr } = await inkling(args);
      assert.notEqual(exitCode, 0);
      assert.match(stderr, message);
    }
  });

  it("keeps the best so far at Ctrl+C, and says so", async () => {
    // Passes of few steps, so that the first look is soon.
    const wide = ["--set", "laneCount=32", "--set", "windowTokens=64"];
    const args = [...train("qrnn", "stopped", ["--tokenizer", "char", "--epochs", "9999"]), ...wide];
    const outcome = await inkling([...args, "--json"], (line, kill) => {
      if (line.includes('"checkpoint"')) {
        kill("SIGINT");
      }
    });
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    const done = JSON.parse(outcome.stdout.trimEnd().split("\n").at(-1) ?? "{}") as JsonLine;
    assert.deepEqual([done["type"], done["stopped"]], ["done", "cancelled"]);
    const { stdout } = await inkling(["sample", "--model", "stopped", "--length", "5"]);
    assert.ok(stdout.trim().length > 0);
  });

  it("refuses what such a network cannot do, and what cannot be trained, in one line", async () => {
    await linesOf(train("rnn", "cell", ["--epochs", "0.2", "--vocab", "300", "--backend", "portable"]));
    await linesOf(train("window", "family", ["--epochs", "0.2", "--tokenizer", "char"]));
    const file = join(small.workspace, "module1.js");
    await cp(small.workspace, join(small.root, "newer"), { recursive: true });
    await writeFile(join(small.root, "newer", "module1.js"), sourceText(99));
    for (const [args, message] of [
      [
        ["complete", "--model", "family", "--file", file, "--line", "0", "--column", "0"],
        /kernels for lstm, gru and rnn alone, of byte pairs or characters\. Train one of these with `train --model lstm`/u,
      ],
      [["replay", "workspace", "newer", "--model", "family"], /kernels for lstm, gru and rnn alone/u],
      [["evaluate", file, "--model", "family", "--weights", "int8"], /scored as it was trained/u],
      [["evaluate", file, "--model", "family", "--frozen", "--neural-cache"], /leave one of both out/u],
      [train("window", "cell", ["--epochs", "1"]), /is not empty and holds no network of the family/u],
      [train("lstm", "family", ["--epochs", "1"]), /is not empty and holds no Inkling checkpoint/u],
      [train("kn5", "none", ["--epochs", "1"]), /kn5 is counted, not trained/u],
      [train("mos", "none", ["--resume"]), /--resume is for lstm, gru and rnn that can suggest; mos is/u],
      [train("gru", "none", ["--tokenizer", "word", "--resume"]), /gru of words is trained in one go/u],
      [train("gru", "none", ["--config", "x.json", "--profile"]), /gru with --config is trained in one go/u],
      [train("gru", "none", ["--config", "x.json"]), /The configuration .*x\.json does not exist/u],
      [train("mos", "none", ["--set", "warmUpShare=0.1"]), /recipe, which has no warmUpShare/u],
    ] as const) {
      const { exitCode, stderr } = await inkling(args);
      assert.notEqual(exitCode, 0, args.join(" "));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /u);
    }
    assert.ok(!(await readdir(small.root)).includes("none"));
  });
});
