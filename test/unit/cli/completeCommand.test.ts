import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { buildQuery } from "../../../src/cli/completeCommand.ts";
import { buildCompletionQuery } from "../../../src/protocol/completionQuery.ts";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";

/** The query for a text with `|` at the caret. */
function queryAt(marked: string): CompletionQuery {
  const before = marked.slice(0, marked.indexOf("|"));
  const lines = before.split("\n");
  const position = { line: lines.length - 1, column: lines.at(-1)?.length ?? 0 };
  return buildQuery({ path: "/f", text: marked.replace("|", ""), position });
}

describe("buildQuery", () => {
  for (const marked of ["|", "a|", "|a", "one\ntwo|\nthree", "one\n|", "ü😀|😀\n", "\n\n|\n"]) {
    it(`splits ${JSON.stringify(marked)} at the caret`, () => {
      const { before, after, isFromStart } = queryAt(marked);
      assert.equal(`${before}|${after}`, marked);
      assert.equal(isFromStart, true);
    });
  }

  it("reads the context that the editor reads, however long the file", () => {
    const text = `${"0123456789\n".repeat(2000)}end`;
    const lines = text.split("\n");
    const position = { line: lines.length - 1, column: 3 };
    const expected = buildCompletionQuery(
      { lineCount: lines.length, lineText: (line) => lines[line] ?? "" },
      { document: "/f", position, selectedCompletion: null, trigger: "explicit", budgetMs: 10_000 },
    );
    assert.deepEqual(queryAt(`${text}|`), expected);
  });

  it("refuses a place inside a character", () => {
    assert.throws(
      () => buildQuery({ path: "/f", text: "a😀", position: { line: 0, column: 2 } }),
      (error) => error instanceof LmError && error.code === "badArgument",
    );
  });

  for (const [position, message] of [
    [{ line: 2, column: 0 }, /has 2 lines, so its last is --line 1/],
    [{ line: 1, column: 4 }, /ends at --column 3/],
  ] as const) {
    it(`refuses line ${position.line}, column ${position.column} of a smaller text`, () => {
      assert.throws(
        () => buildQuery({ path: "/f", text: "one\ntwo", position }),
        (error) => error instanceof LmError && error.code === "badArgument" && message.test(error.message),
      );
    });
  }
});
