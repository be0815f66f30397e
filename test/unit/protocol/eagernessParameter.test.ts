import assert from "node:assert/strict";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";
import { PLAIN_QUERY } from "../../support/plainQuery.ts";

describe("readCompletionQuery", () => {
  it("takes an eagerness from 0 to 1, or none", () => {
    assert.deepEqual(readCompletionQuery(PLAIN_QUERY), PLAIN_QUERY);
    for (const eagerness of [0, 0.3, 1]) {
      assert.deepEqual(readCompletionQuery({ ...PLAIN_QUERY, eagerness }), { ...PLAIN_QUERY, eagerness });
    }
  });

  for (const eagerness of [-0.1, 1.1, NaN, "much", null]) {
    it(`refuses ${String(eagerness)} as eagerness`, () => {
      assert.throws(() => readCompletionQuery({ ...PLAIN_QUERY, eagerness }), /eagerness/);
    });
  }
});
