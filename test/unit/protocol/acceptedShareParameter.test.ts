import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";

const QUERY = {
  document: "file:///a.ts",
  before: "a",
  isFromStart: true,
  after: "",
  position: { line: 0, column: 1 },
  selectedCompletion: null,
  trigger: "automatic",
  budgetMs: 40,
};

describe("The share of suggestions that is accepted, in a query", () => {
  it("is taken over where it is given", () => {
    assert.equal(readCompletionQuery({ ...QUERY, acceptedShare: 0.8 }).acceptedShare, 0.8);
    assert.ok(!("acceptedShare" in readCompletionQuery(QUERY)));
  });

  for (const acceptedShare of [0, -1, 11, Number.NaN, "1", null]) {
    it(`is refused as ${String(acceptedShare)}`, () => {
      assert.throws(() => readCompletionQuery({ ...QUERY, acceptedShare }), PlainValueError);
    });
  }
});
