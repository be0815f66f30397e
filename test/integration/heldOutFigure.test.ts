import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Checkpoint } from "../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../src/checkpoints/checkpointStore.ts";
import { RecurrentDecoder } from "../../src/models/neural/recurrentDecoder.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { sha256 } from "../../src/node/sha256.ts";
import { restoreVocabulary } from "../../src/tokens/restoreVocabulary.ts";
import { bundle } from "./distFolder.ts";
import { createSmallWorkspace, type SmallWorkspace } from "./smallWorkspace.ts";

const run = promisify(execFile);

describe("The held-out figure", function () {
  this.timeout(240_000);

  let small: SmallWorkspace;
  let model = "";
  let checkpoint: Checkpoint;

  before(async () => {
    small = await createSmallWorkspace();
    model = join(small.root, "model");
    await inkling(
      "train",
      small.workspace,
      "--out",
      model,
      "--epochs",
      "6",
      "--hidden",
      "48",
      "--layers",
      "2",
      "--backend",
      "tensorflow",
    );
    const read = await openCheckpointStore(model, createNodeFileStore(), sha256).read();
    assert.ok(read.kind === "checkpoint");
    checkpoint = read.checkpoint;
  });

  after(() => small.remove());

  async function inkling(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const { stdout } = await run(process.execPath, [bundle("cli.cjs"), ...args, "--json"], { maxBuffer: 1 << 26 });
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Scores files one token after the other with the predictor's decoder, which shares no code with TensorFlow. */
  async function recompute(paths: readonly string[]) {
    const vocabulary = restoreVocabulary(checkpoint.vocabulary);
    const decoder = RecurrentDecoder.fromWeights(checkpoint.spec, checkpoint.weights);
    const logProbabilities = new Float32Array(vocabulary.size);
    const sums = { tokens: 0, bytes: 0, nats: 0, first: 0, reciprocal: 0 };
    for (const path of paths) {
      const text = await readFile(path, "utf8");
      let state = decoder.advance(decoder.initialState(), vocabulary.startId);
      for (const token of [...vocabulary.encode(text), vocabulary.endId]) {
        decoder.logProbabilities(state, logProbabilities);
        const own = logProbabilities[token] as number;
        const rank = 1 + logProbabilities.filter((other) => other > own).length;
        sums.tokens++;
        sums.nats -= own;
        sums.first += rank === 1 ? 1 : 0;
        sums.reciprocal += 1 / rank;
        state = decoder.advance(state, token);
      }
      sums.bytes += Buffer.byteLength(text);
    }
    return sums;
  }

  it("of evaluate is what a recomputation without TensorFlow gives, token by token", async () => {
    const paths = checkpoint.validationPaths.map((path) => join(small.root, path));
    assert.ok(paths.length > 0, "files are held out");
    const [result] = await inkling("evaluate", ...paths, "--model", model, "--backend", "tensorflow");
    const expected = await recompute(paths);
    assert.ok(result !== undefined);
    assert.equal(result["tokens"], expected.tokens);
    assert.equal(result["bytes"], expected.bytes);
    // 1e-4 nats a token is the agreement promised between TensorFlow's logits and the decoder's.
    assert.ok(
      Math.abs((result["nats"] as number) - expected.nats) < 1e-4 * expected.tokens,
      `${String(result["nats"])} nats, recomputed ${expected.nats}`,
    );
    assert.ok(Math.abs((result["perplexity"] as number) - Math.exp(expected.nats / expected.tokens)) < 1e-3);
    assert.ok(Math.abs((result["bitsPerByte"] as number) - expected.nats / Math.LN2 / expected.bytes) < 1e-3);
    assert.ok(Math.abs((result["top1"] as number) - expected.first / expected.tokens) <= 2 / expected.tokens);
    assert.ok(Math.abs((result["mrr"] as number) - expected.reciprocal / expected.tokens) < 1e-3);
  });

  it("is the same on the portable backend", async () => {
    const paths = checkpoint.validationPaths.map((path) => join(small.root, path));
    const [portable] = await inkling("evaluate", ...paths, "--model", model, "--backend", "portable");
    const expected = await recompute(paths);
    assert.ok(Math.abs((portable?.["nats"] as number) - expected.nats) < 1e-4 * expected.tokens);
  });
});
