import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import {
  readDescribeParams,
  readEvaluateJob,
  readPauseParams,
  readTimeNetworkJob,
  readTimeTrainingJob,
  readTrainJob,
} from "../../../src/protocol/engineValidators.ts";

const TRAIN_JOB = {
  folders: [{ path: "/w", name: "w" }],
  unsaved: [{ path: "/w/a", text: "" }],
  corpus: {
    include: [],
    exclude: ["**/x"],
    isGitignoreHonoured: true,
    maxFileBytes: 1000,
    maxCorpusBytes: 2000,
    validationFraction: 0.1,
  },
  out: "/m",
  options: {
    budgetSeconds: 1.5,
    epochs: null,
    tokenizer: "bpe",
    vocabularySize: null,
    hiddenSize: 8,
    layerCount: null,
    backend: "auto",
    seed: -3,
    isResume: false,
  },
};

const EVALUATE_JOB = { model: "/m", paths: ["/f"], isFrozen: true };

/** `job` with the value at a dotted path replaced. */
function edited(job: object, path: string, value: unknown): object {
  const copy = structuredClone(job) as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop() ?? "";
  const owner = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy);
  owner[last] = value;
  return copy;
}

describe("engineValidators", () => {
  it("give back jobs that are right, without what does not belong to them", () => {
    assert.deepEqual(readTrainJob({ ...TRAIN_JOB, stray: 1 }), TRAIN_JOB);
    const set = edited(TRAIN_JOB, "options.settings", { clipNorm: 5, laneCount: 8 });
    assert.deepEqual(readTrainJob(edited(set, "options.settings.stray", 1)), set);
    assert.deepEqual(readEvaluateJob(EVALUATE_JOB), EVALUATE_JOB);
    const adapting = { ...EVALUATE_JOB, adaptations: ["dynamicEvaluation", "neuralCache"] };
    assert.deepEqual(readEvaluateJob(adapting), adapting);
    assert.throws(() => readEvaluateJob({ ...EVALUATE_JOB, adaptations: ["magic"] }), PlainValueError);
    assert.deepEqual(readDescribeParams({ backend: "tensorflow" }), { backend: "tensorflow" });
  });

  for (const [path, value] of [
    ["folders", []],
    ["folders", "w"],
    ["folders.0.path", ""],
    ["folders.0.name", undefined],
    ["unsaved.0.text", null],
    ["corpus.include", [1]],
    ["corpus.isGitignoreHonoured", "yes"],
    ["corpus.maxFileBytes", NaN],
    ["corpus.validationFraction", 1],
    ["corpus.validationFraction", -0.1],
    ["out", ""],
    ["options.budgetSeconds", Infinity],
    ["options.budgetSeconds", -1],
    ["options.epochs", "3"],
    ["options.tokenizer", "word"],
    ["options.vocabularySize", 0],
    ["options.hiddenSize", 0],
    ["options.hiddenSize", 8.5],
    ["options.layerCount", 0],
    ["options.backend", "cuda"],
    ["options.seed", 0.5],
    ["options.isResume", null],
    ["options.settings", [{ clipNorm: 1 }]],
    ["options.settings", { learningRate: 0 }],
    ["options.settings", { laneCount: 1.5 }],
    ["options.settings", { maxDropout: 1 }],
  ] as const) {
    it(`refuses a training job with ${path} = ${JSON.stringify(value) || "nothing"} and names the place`, () => {
      const place = path.replace(/\.(\d+)/g, "[$1]");
      assert.throws(
        () => readTrainJob(edited(TRAIN_JOB, path, value)),
        (error) => error instanceof PlainValueError && error.message.includes(`job.${place}`),
      );
    });
  }

  for (const [path, value] of [
    ["model", 1],
    ["paths", []],
    ["paths", [""]],
    ["isFrozen", null],
    ["weights", "int4"],
    ["weights", null],
  ] as const) {
    it(`refuses an evaluation job with ${path} = ${JSON.stringify(value)}`, () => {
      assert.throws(() => readEvaluateJob(edited(EVALUATE_JOB, path, value)), PlainValueError);
    });
  }

  it("takes an order to pause or to go on, and nothing else", () => {
    assert.deepEqual(readPauseParams({ isPaused: true, other: 1 }), { isPaused: true });
    for (const wrong of [undefined, {}, { isPaused: "yes" }, { isPaused: null }]) {
      assert.throws(() => readPauseParams(wrong), PlainValueError);
    }
  });

  it("takes a job of timed steps with and without looks at memory", () => {
    const sizes = { hiddenSize: 8, layerCount: 1, vocabularySize: 9, laneCount: 2, windowTokens: 4 };
    const job = { ...sizes, backend: "auto", stepCount: 3, tokenLaw: "zipf" };
    assert.deepEqual(readTimeTrainingJob(job), job);
    assert.deepEqual(readTimeTrainingJob({ ...job, memorySteps: 2 }), { ...job, memorySteps: 2 });
    assert.throws(() => readTimeTrainingJob({ ...job, memorySteps: 0 }), PlainValueError);
    assert.deepEqual(readTimeTrainingJob({ ...job, tokenLaw: "uniform" }), { ...job, tokenLaw: "uniform" });
    assert.throws(() => readTimeTrainingJob({ ...job, tokenLaw: "pareto" }), PlainValueError);
  });

  it("takes an evaluation job with and without a choice of weights", () => {
    assert.deepEqual(readEvaluateJob(EVALUATE_JOB), EVALUATE_JOB);
    assert.deepEqual(readEvaluateJob({ ...EVALUATE_JOB, weights: "int8" }), { ...EVALUATE_JOB, weights: "int8" });
  });

  for (const [path, value] of [
    ["hiddenSize", 0],
    ["layerCount", 1.5],
    ["vocabularySize", 1],
    ["batch", -1],
    ["stepCount", "3"],
  ] as const) {
    it(`refuses to time a network with ${path} = ${JSON.stringify(value)}`, () => {
      const job = { hiddenSize: 8, layerCount: 1, vocabularySize: 5, batch: 2, stepCount: 3 };
      assert.deepEqual(readTimeNetworkJob(job), job);
      assert.throws(() => readTimeNetworkJob(edited(job, path, value)), PlainValueError);
    });
  }

  for (const job of [null, undefined, "job", 1, []]) {
    it(`refuses ${JSON.stringify(job) || "nothing"} for a job`, () => {
      assert.throws(() => readTrainJob(job), PlainValueError);
    });
  }
});
