import assert from "node:assert/strict";
import { parseEntrant } from "../../../../src/engine/comparison/modelNames.ts";

describe("Names of models", () => {
  const rows: readonly (readonly [string, object])[] = [
    ["kn5", { kind: "counts", smoothing: "modifiedKneserNey", order: 5, hasCache: false }],
    ["kn1d4", { kind: "counts", smoothing: "kneserNey", order: 4, hasCache: false }],
    ["wb3+cache", { kind: "counts", smoothing: "wittenBell", order: 3, hasCache: true }],
    ["awd-lstm", { kind: "network", network: "awd-lstm", mixed: null }],
    ["gru+cache", { kind: "network", network: "gru", mixed: { kind: "cache" } }],
    ["rnn+context", { kind: "network", network: "rnn", mixed: { kind: "context" } }],
    ["awd-lstm+dynamic", { kind: "network", network: "awd-lstm", mixed: { kind: "dynamic" } }],
  ];
  for (const [name, expected] of rows) {
    it(`say what is meant (${name})`, () => {
      assert.deepEqual(parseEntrant(name), { ...expected, name });
    });
  }

  for (const name of ["bilstm", "bi-gru", "blstm+kn5", "lstm-bidirectional"]) {
    it(`refuse what has seen the token that it would predict, and say what is instead (${name})`, () => {
      assert.throws(() => parseEntrant(name), /reads from both ends.*such as lstm, gru or rnn.*`tag train`/su);
    });
  }
});
