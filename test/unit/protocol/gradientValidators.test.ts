import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import type { GradientJob } from "../../../src/protocol/gradientMessages.ts";
import { readGradientJob } from "../../../src/protocol/gradientValidators.ts";

const JOB: GradientJob = {
  source: { kind: "file", path: "/a" },
  tokenizer: "char",
  models: ["rnn", "gru"],
  windowTokens: 64,
  hiddenSize: 128,
  budgetSeconds: 5,
  backend: "auto",
  seed: 1,
};

describe("A message that asks for gradients", () => {
  it("comes out as it went in", () => {
    assert.deepEqual(readGradientJob(structuredClone(JOB)), JOB);
    const source = { kind: "folder", folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS };
    const other = { ...JOB, source, budgetSeconds: null };
    assert.deepEqual(readGradientJob(structuredClone(other)), other);
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ["a network that is not there", { models: ["rnn", "qrnn"] }, /job\.models\[1\].*"lstm"/u],
    ["no network", { models: [] }, /job\.models.*not empty/u],
    ["a window of one token", { windowTokens: 1 }, /job\.windowTokens.*at least 2/u],
    ["units that are no number", { hiddenSize: "8" }, /job\.hiddenSize/u],
    ["a negative budget", { budgetSeconds: -1 }, /job\.budgetSeconds/u],
    ["a source of no kind", { source: { path: "/a" } }, /job\.source\.kind/u],
  ];
  for (const [title, changes, message] of bad) {
    it(`is refused with ${title}`, () => {
      assert.throws(
        () => readGradientJob({ ...JOB, ...changes }),
        (error) => error instanceof PlainValueError && message.test(error.message),
      );
    });
  }
});
