import assert from "node:assert/strict";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";

describe("readCompletionQuery, of several lines", () => {
  const query: CompletionQuery = {
    document: "d",
    before: "",
    isFromStart: true,
    after: "",
    position: { line: 0, column: 0 },
    selectedCompletion: null,
    trigger: "automatic",
    budgetMs: 40,
  };

  it("takes one of the choices, or none", () => {
    assert.equal(readCompletionQuery(query).multiline, undefined);
    for (const multiline of ["off", "whenSure"] as const) {
      assert.equal(readCompletionQuery({ ...query, multiline }).multiline, multiline);
    }
  });

  for (const multiline of ["always", "", true, null]) {
    it(`refuses ${JSON.stringify(multiline)}`, () => {
      assert.throws(() => readCompletionQuery({ ...query, multiline }), /multiline/);
    });
  }
});
