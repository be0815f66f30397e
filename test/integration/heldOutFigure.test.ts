import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import type { Checkpoint } from "../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../src/checkpoints/checkpointStore.ts";
import { CountIndex } from "../../src/models/counting/countIndex.ts";
import { LocalCounts } from "../../src/models/counting/localCounts.ts";
import { type PlacedDocument, Surroundings } from "../../src/evaluation/surroundings.ts";
import { Neighbourhood } from "../../src/models/counting/neighbourhood.ts";
import { PlaceContexts } from "../../src/models/counting/placeContexts.ts";
import { MixtureModel } from "../../src/models/mixture/mixtureModel.ts";
import { tokenKinds } from "../../src/models/mixture/tokenKinds.ts";
import { RecurrentDecoder } from "../../src/models/neural/recurrentDecoder.ts";
import type { MixtureBenchRow } from "../../src/cli/mixtureBench.ts";
import type { RecipeRow } from "../../src/cli/recipeBench.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { sha256 } from "../../src/node/sha256.ts";
import type { EvaluateResult } from "../../src/protocol/engineMessages.ts";
import { restoreVocabulary } from "../../src/tokens/restoreVocabulary.ts";
import { tokenTexts } from "../../src/tokens/tokenTexts.ts";
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

  /** Scores files one token after the other with plain JavaScript, which shares no code with TensorFlow or WebAssembly. */
  async function recompute(paths: readonly string[], { isFrozen = false } = {}) {
    const { spec, weights, gate } = checkpoint;
    const vocabulary = restoreVocabulary(checkpoint.vocabulary);
    const { size: vocabularySize, startId, endId } = vocabulary;
    const lstm = RecurrentDecoder.fromWeights(spec, weights);
    const counts = new CountIndex({ vocabularySize, startId });
    const training: PlacedDocument[] = [];
    for (const path of checkpoint.trainingPaths) {
      const text = await readFile(join(small.root, path), "utf8");
      training.push({ path, tokens: Uint16Array.of(...vocabulary.encode(text), endId) });
    }
    training.forEach(({ tokens }) => counts.learn(tokens));
    const texts = tokenTexts(vocabulary);
    const placeContexts = new PlaceContexts(texts);
    const local = isFrozen ? null : new LocalCounts({ vocabularySize, startId, placeContexts });
    const near = isFrozen ? null : new Neighbourhood({ vocabularySize, startId, placeContexts });
    const surroundings = near === null ? null : new Surroundings(near, training);
    const kinds = tokenKinds(texts);
    const model = new MixtureModel({ vocabularySize, startId, counts, local, near, lstm, gate, kinds });
    const logProbabilities = new Float32Array(vocabularySize);
    const sums = { tokens: 0, bytes: 0, nats: 0, lstmNats: 0, first: 0, reciprocal: 0 };
    for (const path of paths) {
      const text = await readFile(path, "utf8");
      const tokens = Uint16Array.of(...vocabulary.encode(text), endId);
      const document = { path: relative(small.root, path), tokens };
      for (const work = surroundings?.enter(document); work?.next().done === false;) {
        // Nothing else has to be done in between.
      }
      local?.clear();
      let state = model.advance(model.initialState(), startId);
      let recurrent = lstm.advance(lstm.initialState(), startId);
      for (const token of tokens) {
        lstm.logProbabilities(recurrent, logProbabilities);
        sums.lstmNats -= logProbabilities[token] as number;
        recurrent = lstm.advance(recurrent, token);
        model.logProbabilities(state, logProbabilities);
        const own = logProbabilities[token] as number;
        const rank = 1 + logProbabilities.filter((other) => other > own).length;
        sums.tokens++;
        sums.nats -= own;
        sums.first += rank === 1 ? 1 : 0;
        sums.reciprocal += 1 / rank;
        if (!isFrozen) {
          model.observe(state, token);
          local?.learn(state.history, token);
        }
        state = model.advance(state, token);
      }
      if (!isFrozen) {
        counts.learn(tokens);
        surroundings?.leave(document);
      }
      sums.bytes += Buffer.byteLength(text);
    }
    return sums;
  }

  function heldOutPaths(): readonly string[] {
    const paths = checkpoint.validationPaths.map((path) => join(small.root, path));
    assert.ok(paths.length > 0, "files are held out");
    return paths;
  }

  it("of evaluate is what a recomputation gives, token by token, for the network and the mixture alike", async () => {
    const paths = heldOutPaths();
    const [result] = await inkling("evaluate", ...paths, "--model", model, "--weights", "float32");
    const expected = await recompute(paths);
    assert.ok(result !== undefined);
    assert.equal(result["tokens"], expected.tokens);
    assert.equal(result["bytes"], expected.bytes);
    assert.equal(result["trainedFileCount"], 0);
    const { lstm, mixture, counts, cache } = result["experts"] as EvaluateResult["experts"];
    // Float32 sums in another order.
    assert.ok(Math.abs(lstm.nats - expected.lstmNats) < 1e-4 * expected.tokens, `${lstm.nats}, ${expected.lstmNats}`);
    assert.ok(Math.abs(mixture.nats - expected.nats) < 1e-4 * expected.tokens, `${mixture.nats}, ${expected.nats}`);
    assert.equal(result["nats"], mixture.nats);
    assert.ok(Math.abs((result["perplexity"] as number) - Math.exp(expected.nats / expected.tokens)) < 1e-3);
    assert.ok(Math.abs((result["bitsPerByte"] as number) - expected.nats / Math.LN2 / expected.bytes) < 1e-3);
    assert.ok(Math.abs((result["top1"] as number) - expected.first / expected.tokens) <= 2 / expected.tokens);
    assert.ok(Math.abs((result["mrr"] as number) - expected.reciprocal / expected.tokens) < 1e-3);
    // What is alike in all files has been counted already, so that a cache has little to add here.
    assert.ok(counts !== null && cache !== null && cache.nats < 1.1 * counts.nats, `${cache?.nats}, ${counts?.nats}`);
    assert.ok(mixture.nats < lstm.nats, `${mixture.nats}, ${lstm.nats}`);
    assert.ok(mixture.nats < 1.02 * cache.nats, `${mixture.nats}, ${cache.nats}`);
  });

  it("of evaluate is hardly another with weights in 8 bits, as the predictor holds them", async () => {
    const paths = heldOutPaths();
    const [exact] = await inkling("evaluate", ...paths, "--model", model, "--weights", "float32");
    const [usual] = await inkling("evaluate", ...paths, "--model", model);
    const nats = (result: unknown): number => (result as EvaluateResult).experts.lstm.nats;
    assert.notEqual(nats(usual), nats(exact));
    assert.ok(Math.abs(nats(usual) - nats(exact)) < 0.005 * nats(exact), `${nats(usual)}, ${nats(exact)}`);
  });

  it("lists similar places of the document among the experts, and what adapts only where that is asked for", async () => {
    const paths = heldOutPaths();
    const [plain] = await inkling("evaluate", ...paths, "--model", model);
    const { experts } = plain as unknown as EvaluateResult;
    const names = ["counts", "cache", "places", "lstm", "dynamicEvaluation", "neuralCache", "mixture"];
    assert.deepEqual(Object.keys(experts), names);
    assert.ok(experts.places !== null && experts.places.nats > 0 && experts.places.nats !== experts.cache?.nats);
    assert.deepEqual([experts.dynamicEvaluation, experts.neuralCache], [null, null]);
    const flags = ["--dynamic-evaluation", "--neural-cache"];
    const [adapted] = await inkling("evaluate", ...paths, "--model", model, ...flags);
    const { lstm, dynamicEvaluation, neuralCache } = (adapted as unknown as EvaluateResult).experts;
    assert.ok(Math.abs(lstm.nats - experts.lstm.nats) < 1e-5 * lstm.nats, "the network itself stays");
    for (const figures of [dynamicEvaluation, neuralCache]) {
      // So little text shows that something was learnt, not that it helps.
      const change = Math.abs((figures?.nats ?? 0) / lstm.nats - 1);
      assert.ok(change > 1e-4 && change < 0.3, `${JSON.stringify(figures)} beside ${JSON.stringify(lstm)}`);
    }
    assert.notEqual(dynamicEvaluation?.nats, neuralCache?.nats);
    const [frozen] = await inkling("evaluate", ...paths, "--model", model, "--frozen", ...flags);
    const still = (frozen as unknown as EvaluateResult).experts;
    assert.ok(Math.abs((still.neuralCache?.nats ?? 0) - still.lstm.nats) < 1e-5 * lstm.nats, "frozen learns nothing");
  });

  it("of a recipe is told with counts and caches too where that is asked for", async () => {
    const tried = ["--budget", "3s", "--try", "narrow:hidden=32"];
    const [mixed] = await inkling("bench", "recipe", small.workspace, ...tried, "--mixed");
    const [plain] = await inkling("bench", "recipe", small.workspace, ...tried);
    const [whole] = await inkling("bench", "mixture", small.workspace, "--model", model);
    const rowsOf = (result: unknown): readonly RecipeRow[] => (result as { rows: readonly RecipeRow[] }).rows;
    for (const { recipe, bitsPerByte, mixedBitsPerByte } of rowsOf(mixed)) {
      // Counts of the same files beside another network.
      const { counts, mixture } = whole as unknown as MixtureBenchRow;
      const figures = JSON.stringify({ recipe, bitsPerByte, mixedBitsPerByte, counts, mixture });
      assert.ok(mixedBitsPerByte !== null && mixedBitsPerByte < Math.min(bitsPerByte, 1.02 * counts), figures);
      assert.ok(Math.abs(mixedBitsPerByte / mixture - 1) < 0.25, figures);
    }
    assert.deepEqual(
      rowsOf(plain).map(({ recipe, mixedBitsPerByte }) => [recipe, mixedBitsPerByte]),
      [
        ["default", null],
        ["narrow", null],
      ],
    );
  });

  it("learns nothing from what was scored where that is asked for", async () => {
    const paths = heldOutPaths();
    const [result] = await inkling("evaluate", ...paths, "--model", model, "--frozen", "--weights", "float32");
    const expected = await recompute(paths, { isFrozen: true });
    assert.ok(Math.abs((result?.["nats"] as number) - expected.nats) < 1e-4 * expected.tokens);
    const [again] = await inkling(
      "evaluate",
      ...paths.toReversed(),
      "--model",
      model,
      "--frozen",
      "--weights",
      "float32",
    );
    assert.ok(Math.abs((result?.["nats"] as number) - (again?.["nats"] as number)) < 1e-6 * expected.nats);
  });

  it("of a file that was trained on is of counts without that file, and says that it was", async () => {
    const [name = ""] = checkpoint.trainingPaths;
    const [result] = await inkling("evaluate", join(small.root, name), "--model", model);
    assert.ok(result !== undefined);
    assert.equal(result["trainedFileCount"], 1);
    const { counts } = result["experts"] as EvaluateResult["experts"];
    assert.ok((counts?.bitsPerByte ?? 0) > 0.3, "not learnt by heart");
  });

  it("comes without TensorFlow and says what is missing where the checkpoint does not hold its text", async () => {
    const old = join(small.root, "old");
    await cp(model, old, { recursive: true });
    const manifest = JSON.parse(await readFile(join(old, "checkpoint.json"), "utf8")) as Record<string, unknown>;
    delete manifest["documents"];
    delete manifest["gate"];
    await writeFile(join(old, "checkpoint.json"), JSON.stringify(manifest));
    const { stdout, stderr } = await run(process.execPath, [
      bundle("cli.cjs"),
      "evaluate",
      ...heldOutPaths(),
      "--model",
      old,
      "--json",
    ]);
    assert.match(stderr, /does not hold the text that it was trained on/);
    assert.ok(((JSON.parse(stdout) as EvaluateResult).experts.counts?.bitsPerByte ?? 0) > 0);
  });
});
