import assert from "node:assert/strict";
import { readCompletionQuery } from "../../../src/protocol/predictorValidators.ts";
import { PLAIN_QUERY } from "../../support/plainQuery.ts";

describe("readCompletionQuery, of several lines", () => {
  it("takes one of the choices, or none", () => {
    assert.equal(readCompletionQuery(PLAIN_QUERY).multiline, undefined);
    for (const multiline of ["off", "whenSure"] as const) {
      assert.equal(readCompletionQuery({ ...PLAIN_QUERY, multiline }).multiline, multiline);
    }
  });

  for (const multiline of ["always", "", true, null]) {
    it(`refuses ${JSON.stringify(multiline)}`, () => {
      assert.throws(() => readCompletionQuery({ ...PLAIN_QUERY, multiline }), /multiline/);
    });
  }
});
