import assert from "node:assert/strict";
import { LmError } from "../../../../src/base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../../src/corpus/corpus.ts";
import { runEvaluateFamilyJob } from "../../../../src/engine/family/evaluateFamilyJob.ts";
import { runExplainFamilyJob } from "../../../../src/engine/family/explainFamilyJob.ts";
import { runTrainFamilyJob } from "../../../../src/engine/family/trainFamilyJob.ts";
import type { ExplainFamilyResult, TrainFamilyJob } from "../../../../src/protocol/familyMessages.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";
import { JobBench } from "../jobBench.ts";

/** A network that has learnt little: what is asked is which figures are told. */
const JOB: TrainFamilyJob = {
  folders: [{ path: "/w", name: "w" }],
  corpus: { ...DEFAULT_CORPUS_SETTINGS, validationFraction: 0.5 },
  out: "/model",
  network: "mos",
  settings: {
    spec: { embeddingSize: 8, hiddenSize: 8 },
    recipe: { laneCount: 4, windowTokens: 8, learningRate: 0.02 },
  },
  tokenizer: "char",
  vocabularySize: null,
  budgetSeconds: null,
  epochs: 0.2,
  backend: "portable",
  seed: 1,
};

const TEXT = "function value() {\n}\n";

async function trained(changes: Partial<TrainFamilyJob>): Promise<JobBench> {
  const bench = new JobBench();
  await runTrainFamilyJob({ ...JOB, ...changes }, { ...bench.context(), emit: () => undefined });
  bench.files.add("/text.js", TEXT);
  return bench;
}

function explainAt(bench: JobBench, offset: number, text = TEXT): Promise<ExplainFamilyResult> {
  const place = { before: text.slice(0, offset), after: text.slice(offset) };
  return runExplainFamilyJob({ model: "/model", ...place, count: 1000 }, bench.context());
}

describe("What a network that only the engine can run expects at a place", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [network, tokenizer] of [
    ["mos", "char"],
    ["retention", "bpe"],
    ["qrnn", "word"],
    ["window", "char"],
  ] as const) {
    it(`costs the bits that evaluating the text has, over all its tokens (${network}, ${tokenizer})`, async () => {
      const bench = await trained({ network, tokenizer, vocabularySize: tokenizer === "bpe" ? 256 : null });
      let [nats, count] = [0, 0];
      for (let offset = 0; offset <= TEXT.length;) {
        const result = await explainAt(bench, offset);
        const { comes, next } = result;
        assert.equal(result.network, network);
        assert.ok(Math.abs(next.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5);
        assert.ok(comes.isEnd || TEXT.slice(0, offset + comes.text.length).endsWith(comes.text));
        nats += comes.nats;
        count++;
        const [space = ""] = tokenizer === "word" ? (/^\s*/u.exec(TEXT.slice(offset + comes.text.length)) ?? []) : [];
        offset += comes.isEnd ? 1 : comes.text.length + space.length;
      }
      const context = { ...bench.context(), emit: () => undefined };
      const whole = await runEvaluateFamilyJob({ model: "/model", paths: ["/text.js"], adaptations: [] }, context);
      assert.equal(count, whole.tokens);
      assert.ok(Math.abs(nats - whole.nats) < 1e-4 * whole.nats, `${nats} and ${whole.nats}`);
    });
  }

  it("goes on from what was typed of a piece", async () => {
    const bench = await trained({ tokenizer: "bpe", vocabularySize: 300 });
    for (let offset = 0; offset < TEXT.length; offset++) {
      const { typed, comes, next } = await explainAt(bench, offset);
      assert.ok(TEXT.slice(0, offset).endsWith(typed) && comes.text.startsWith(typed));
      assert.ok(next.some(({ text }) => text === comes.text) && next.every(({ text }) => text.startsWith(typed)));
    }
  });

  it("goes on from what was typed of a word, and takes one that stands there as whole", async () => {
    const bench = await trained({ network: "qrnn", tokenizer: "word" });
    const within = await explainAt(bench, 3);
    assert.deepEqual([within.typed, within.comes.text, within.readCount], ["fun", "function", 0]);
    assert.ok(within.next.length > 0 && within.next.every(({ text }) => text.startsWith("fun")));
    const behind = await explainAt(bench, 8);
    assert.deepEqual([behind.typed, behind.comes.text, behind.readCount], ["", "value()", 1]);
    assert.ok(behind.comes.isUnknown);
  });

  it("refuses a text of which the vocabulary knows nothing, a directory without a model, and to go on when cancelled", async () => {
    const bench = await trained({});
    const refuses = (work: Promise<unknown>, code: LmError["code"], message: RegExp): Promise<void> =>
      assert.rejects(work, (error) => error instanceof LmError && error.code === code && message.test(error.message));
    await refuses(explainAt(bench, 3, "шесть"), "badArgument", /knows nothing of the 3 tokens before the place/u);
    const elsewhere = { model: "/none", before: "a", after: "", count: 1 };
    await refuses(runExplainFamilyJob(elsewhere, bench.context()), "checkpointMissing", /\/none/u);
    const stopped = bench.context(AbortSignal.abort());
    await refuses(runExplainFamilyJob({ ...elsewhere, model: "/model" }, stopped), "cancelled", /cancelled/u);
  });
});
