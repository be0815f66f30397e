import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import type { CompareJob } from "../../../src/protocol/compareMessages.ts";
import { readCompareJob } from "../../../src/protocol/compareValidators.ts";

const JOB: CompareJob = {
  source: { kind: "files", train: "/a", valid: "/b", test: "/c" },
  tokenizer: "word",
  vocabularySize: 1000,
  hasBoundaries: true,
  models: ["kn5", "lstm"],
  settings: { lstm: { spec: { layerCount: 2 }, recipe: {} } },
  budgetSeconds: 60,
  epochs: null,
  backend: "auto",
  seed: 1,
};

describe("A comparison's message", () => {
  it("comes out as it went in", () => {
    assert.deepEqual(readCompareJob(structuredClone(JOB)), JOB);
    const source = { kind: "folder", folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS };
    assert.deepEqual(readCompareJob({ ...JOB, source }), { ...JOB, source });
  });

  it("may leave out what does not differ from the usual settings", () => {
    assert.deepEqual(readCompareJob({ ...JOB, settings: { lstm: {} } }).settings, { lstm: { spec: {}, recipe: {} } });
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ["a source of no kind", { source: { train: "/a" } }, /job\.source\.kind/u],
    ["a source without a test", { source: { kind: "files", train: "/a", valid: "/b" } }, /job\.source\.test/u],
    ["an unknown tokenizer", { tokenizer: "bytes" }, /job\.tokenizer.*"word"/u],
    ["models that are no list", { models: "kn5" }, /job\.models.*a list/u],
    ["settings with strangers in them", { settings: { lstm: { layers: 2 } } }, /nothing else \(it has "layers"\)/u],
    ["a negative budget", { budgetSeconds: -1 }, /job\.budgetSeconds/u],
    ["an unknown backend", { backend: "torch" }, /job\.backend/u],
  ];
  for (const [title, changes, message] of bad) {
    it(`is refused with ${title}`, () => {
      assert.throws(
        () => readCompareJob({ ...JOB, ...changes }),
        (error) => error instanceof PlainValueError && message.test(error.message),
      );
    });
  }
});
