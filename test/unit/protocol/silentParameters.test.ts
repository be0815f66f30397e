import assert from "node:assert/strict";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";
import { PLAIN_QUERY } from "../../support/plainQuery.ts";

describe("readCompletionQuery", () => {
  it("takes a language and the parts in which to be silent, or none", () => {
    for (const given of [{}, { languageId: "go" }, { silentIn: [] }, { languageId: "c", silentIn: ["string"] }]) {
      assert.deepEqual(readCompletionQuery({ ...PLAIN_QUERY, ...given }), { ...PLAIN_QUERY, ...given });
    }
  });

  for (const given of [{ languageId: 1 }, { languageId: null }, { silentIn: "comment" }, { silentIn: ["code"] }]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => readCompletionQuery({ ...PLAIN_QUERY, ...given }), /languageId|silentIn/);
    });
  }
});
