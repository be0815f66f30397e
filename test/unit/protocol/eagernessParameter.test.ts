import assert from "node:assert/strict";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";

describe("readCompletionQuery", () => {
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

  it("takes an eagerness from 0 to 1, or none", () => {
    assert.deepEqual(readCompletionQuery(query), query);
    for (const eagerness of [0, 0.3, 1]) {
      assert.deepEqual(readCompletionQuery({ ...query, eagerness }), { ...query, eagerness });
    }
  });

  for (const eagerness of [-0.1, 1.1, NaN, "much", null]) {
    it(`refuses ${String(eagerness)} as eagerness`, () => {
      assert.throws(() => readCompletionQuery({ ...query, eagerness }), /eagerness/);
    });
  }
});
