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

  it("takes a language and the parts in which to be silent, or none", () => {
    for (const given of [{}, { languageId: "go" }, { silentIn: [] }, { languageId: "c", silentIn: ["string"] }]) {
      assert.deepEqual(readCompletionQuery({ ...query, ...given }), { ...query, ...given });
    }
  });

  for (const given of [{ languageId: 1 }, { languageId: null }, { silentIn: "comment" }, { silentIn: ["code"] }]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => readCompletionQuery({ ...query, ...given }), /languageId|silentIn/);
    });
  }
});
