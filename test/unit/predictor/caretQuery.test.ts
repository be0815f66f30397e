import assert from "node:assert/strict";
import { readCaret } from "../../../src/predictor/caretQuery.ts";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";

/** What is asked at `‸`, on the first line. */
function queryAt(marked: string): CompletionQuery {
  const [before = "", after = ""] = marked.split("‸");
  return {
    document: "untitled:1",
    before,
    isFromStart: true,
    after,
    position: { line: 0, column: before.length },
    selectedCompletion: null,
    trigger: "automatic",
    budgetMs: 40,
  };
}

describe("A caret's query", () => {
  for (const [title, marked] of [
    ["behind half a surrogate pair whose other half is gone", "a\ud83d‸"],
    ["between half a surrogate pair and something else", "a\ud83d‸b\n"],
    ["between the halves of a surrogate pair", "a\ud83d‸\ude00"],
  ] as const) {
    it(`is about no place to write ${title}`, () => {
      assert.equal(readCaret(queryAt(marked)), "nothingLeft");
    });
  }

  it("is about a place to write behind a whole character", () => {
    assert.deepEqual(readCaret(queryAt("a\ud83d\ude00‸")), {
      place: { before: "a\ud83d\ude00", after: "" },
      range: { start: { line: 0, column: 3 }, end: { line: 0, column: 3 } },
      lead: "",
    });
  });
});
