import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { buildQuery } from "../../../src/cli/completeCommand.ts";
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

  it("begins a long context at a line start", () => {
    const { before, isFromStart } = queryAt(`${"0123456789\n".repeat(2000)}end|`);
    assert.equal(isFromStart, false);
    assert.ok(before.length <= 6000 && before.length > 5900, `${before.length}`);
    assert.ok(before.startsWith("0123456789\n"));
  });

  it("cuts a line that is longer than the context", () => {
    const { before, isFromStart } = queryAt(`${"x".repeat(10_000)}|`);
    assert.equal(isFromStart, false);
    assert.equal(before.length, 6000);
  });

  it("takes the rest of the line, however long, but not the rest of the file", () => {
    assert.equal(queryAt(`|${"y".repeat(3000)}\nz`).after.length, 3000);
    assert.equal(queryAt(`|\n${"z\n".repeat(3000)}`).after.length, 1000);
  });

  for (const [position, message] of [
    [{ line: 2, column: 0 }, /has 2 lines, so its last is --line 1/],
    [{ line: 1, column: 4 }, /has 3 columns, so its end is --column 3/],
  ] as const) {
    it(`refuses line ${position.line}, column ${position.column} of a smaller text`, () => {
      assert.throws(
        () => buildQuery({ path: "/f", text: "one\ntwo", position }),
        (error) => error instanceof LmError && error.code === "badArgument" && message.test(error.message),
      );
    });
  }
});
