import assert from "node:assert/strict";
import { type Expectation, expectationTable } from "../../../src/cli/expectationTable.ts";
import type { ExplainFamilyResult } from "../../../src/protocol/familyMessages.ts";
import type { Explanation } from "../../../src/protocol/predictorMessages.ts";

const OF_NETWORK: ExplainFamilyResult = {
  network: "mos",
  typed: "va",
  next: [
    { text: "value", isEnd: false, probability: 0.6 },
    { text: "var", isEnd: false, probability: 0.004 },
  ],
  comes: { text: "var", isEnd: false, isUnknown: false, nats: 4 * Math.LN2 },
  readCount: 1200,
  unknownCount: 3,
};

const OF_MIXTURE: Explanation = {
  typed: "",
  next: [{ text: "", isEnd: true, probability: 0.9, experts: { counts: 0.8, network: 0.7 }, counts: [] }],
  comes: { text: "€", isEnd: false, isUnknown: true, nats: 10 * Math.LN2 },
  contexts: [],
};

const tableOf = (...expectations: readonly Expectation[]): readonly string[] =>
  expectationTable(expectations).split("\n");

describe("The table of what models expect", () => {
  it("tells of a network alone what it read, its likeliest tokens, and the bits of what comes", () => {
    assert.deepEqual(tableOf({ model: "m", explanation: OF_NETWORK }), [
      'The next token by mos alone, which begins with "va", behind 1,200 tokens, 3 of them unknown to its vocabulary:',
      '   60 %  "value"',
      '  < 1 %  "var"',
      'What comes: "var" 6 %, 4.00 bits',
    ]);
  });

  it("tells of a model with counts what it told, and what comes where that is known", () => {
    const known = tableOf({ model: "m", explanation: OF_MIXTURE });
    assert.equal(known.at(-1), 'What comes: "€" < 1 %, 10.0 bits, unknown to its vocabulary');
    assert.deepEqual(tableOf({ model: "m", explanation: { ...OF_MIXTURE, comes: null } }), known.slice(0, -1));
  });

  it("has a column for each of several", () => {
    assert.deepEqual(tableOf({ model: "a", explanation: OF_NETWORK }, { model: "long", explanation: OF_MIXTURE }), [
      "The likeliest next tokens of each model, and what it gives to the one that comes:",
      "             a                     long",
      'begins with  "va"',
      '1.            60 %  "value"         90 %  the document\'s end',
      '2.           < 1 %  "var"',
      'What comes:  "var" 6 %, 4.00 bits  "€" < 1 %, 10.0 bits, unknown to its vocabulary',
    ]);
    const untyped = tableOf({ model: "a", explanation: OF_MIXTURE }, { model: "b", explanation: OF_MIXTURE });
    assert.ok(!untyped.some((line) => line.startsWith("begins with")));
  });
});
