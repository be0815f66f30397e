import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import { DEFAULT_LABEL_OPTIONS } from "../../../src/protocol/labelMessages.ts";
import {
  readApplyLabellerJob,
  readEvaluateLabellerJob,
  readLanguagesJob,
  readTrainLabellerJob,
} from "../../../src/protocol/labelValidators.ts";

const TRAIN = { task: "tag", path: "/a", valid: null, out: "/m", options: DEFAULT_LABEL_OPTIONS };

describe("Jobs of taggers and classifiers", () => {
  it("are read as they are", () => {
    assert.deepEqual(readTrainLabellerJob(TRAIN), TRAIN);
    const evaluate = { task: "classify", model: "/m", path: "/a" };
    assert.deepEqual(readEvaluateLabellerJob(evaluate), evaluate);
    for (const source of [
      { kind: "file", path: "/a" },
      { kind: "text", text: "a" },
      { kind: "documents", paths: ["/a"] },
    ]) {
      assert.deepEqual(readApplyLabellerJob({ task: "tag", model: "/m", source }).source, source);
    }
    const languages = {
      folders: [{ path: "/w", name: "w" }],
      corpus: DEFAULT_CORPUS_SETTINGS,
      out: null,
      options: DEFAULT_LABEL_OPTIONS,
    };
    assert.deepEqual(readLanguagesJob(languages), languages);
  });

  for (const [what, options] of [
    ["zero layers", { layerCount: 0 }],
    ["a cell that reads one way by nature", { cell: "qrnn" }],
    ["no end", { budgetSeconds: null, epochs: null }],
    ["a budget below 0", { budgetSeconds: -1 }],
    ["a pooling that does not exist", { pooling: "first" }],
    ["too large a state", { hiddenSize: 4096 }],
  ] as const) {
    it(`are refused with ${what}`, () => {
      const job = { ...TRAIN, options: { ...DEFAULT_LABEL_OPTIONS, ...options } };
      assert.throws(() => readTrainLabellerJob(job), PlainValueError);
    });
  }
});
