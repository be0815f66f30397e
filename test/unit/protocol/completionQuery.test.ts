import assert from "node:assert/strict";
import { buildCompletionQuery, caretContext, type TextLines } from "../../../src/protocol/completionQuery.ts";

const SMALL = { maxBefore: 60, minBefore: 30, maxAfter: 20, maxAfterLines: 3 };

/** A text with the caret marked as `¦`. */
function marked(text: string): {
  readonly lines: TextLines;
  readonly position: { readonly line: number; readonly column: number };
} {
  const before = text.slice(0, text.indexOf("¦")).split("\n");
  const all = text.replace("¦", "").split("\n");
  return {
    lines: { lineCount: all.length, lineText: (line) => all[line] ?? "" },
    position: { line: before.length - 1, column: before.at(-1)?.length ?? 0 },
  };
}

describe("caretContext", () => {
  it("takes a short document whole", () => {
    const { lines, position } = marked("one\ntwo\nth¦ree\nfour");
    assert.deepEqual(caretContext(lines, position), { before: "one\ntwo\nth", isFromStart: true, after: "ree\nfour" });
  });

  it("begins a long document at a line start within its limits", () => {
    const text = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    const { lines, position } = marked(`${text}\nend¦`);
    const { before, isFromStart } = caretContext(lines, position, SMALL);
    assert.equal(isFromStart, false);
    assert.ok(before.length >= SMALL.minBefore && before.length <= SMALL.maxBefore, `${before.length} units`);
    assert.match(before, /^line \d+\n/);
    assert.ok(`${text}\nend`.endsWith(`\n${before}`));
  });

  it("keeps its beginning while the caret moves along a line and on to the next ones", () => {
    const filler = Array.from({ length: 400 }, (_, index) => `value${index} = compute(${index * 7})`);
    const starts = new Set<string>();
    for (let line = 300; line < 320; line++) {
      const lines = { lineCount: filler.length, lineText: (index: number) => filler[index] ?? "" };
      for (const column of [0, 5, 9]) {
        starts.add(caretContext(lines, { line, column }).before.split("\n", 1)[0] ?? "");
      }
    }
    assert.ok(starts.size <= 3, `${starts.size} beginnings in 60 places`);
  });

  it("keeps its beginning when lines are added far above", () => {
    const filler = Array.from({ length: 400 }, (_, index) => `value${index} = compute(${index * 7})`);
    const moved = ["new", "lines", ...filler];
    const at = (all: readonly string[], line: number): string =>
      caretContext({ lineCount: all.length, lineText: (index) => all[index] ?? "" }, { line, column: 3 }).before;
    assert.equal(at(moved, 352), at(filler, 350));
  });

  it("cuts a giant line without splitting a surrogate pair", () => {
    const { lines, position } = marked(`${"😀".repeat(500)}¦`);
    const { before, isFromStart } = caretContext(lines, position, { ...SMALL, minBefore: 31 });
    assert.equal(isFromStart, false);
    assert.ok(before.length <= 2 * 31 && before.length >= 30);
    assert.doesNotMatch(before, /^[\udc00-\udfff]/);
  });

  it("takes a few lines after the caret, whole ones only", () => {
    const { lines, position } = marked("a¦b\n12345\n67890\n1234567890");
    assert.equal(caretContext(lines, position, SMALL).after, "b\n12345\n67890");
  });

  it("always takes the rest of the caret's line", () => {
    const { lines, position } = marked(`¦${"x".repeat(100)}\ny`);
    assert.equal(caretContext(lines, position, SMALL).after, "x".repeat(100));
  });
});

describe("buildCompletionQuery", () => {
  const request = { document: "file:///a", selectedCompletion: null, trigger: "automatic", budgetMs: 40 } as const;

  it("asks nothing inside a surrogate pair", () => {
    const { lines } = marked("😀¦");
    assert.equal(buildCompletionQuery(lines, { ...request, position: { line: 0, column: 1 } }), undefined);
  });

  it("asks nothing outside the document", () => {
    const { lines } = marked("a¦");
    assert.equal(buildCompletionQuery(lines, { ...request, position: { line: 4, column: 0 } }), undefined);
  });

  it("carries the caret and what the pop-up has selected", () => {
    const { lines, position } = marked("con¦");
    const selectedCompletion = { text: "const", range: { start: { line: 0, column: 0 }, end: { line: 0, column: 3 } } };
    assert.deepEqual(buildCompletionQuery(lines, { ...request, selectedCompletion, position }), {
      ...request,
      selectedCompletion,
      position,
      before: "con",
      isFromStart: true,
      after: "",
    });
  });
});
