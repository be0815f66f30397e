import assert from "node:assert/strict";
import { isPlaceUnwanted } from "../../../src/suggestions/gate.ts";
import { type SyntaxPart, syntaxPart } from "../../../src/suggestions/syntaxPart.ts";

/** The text before the caret. */
type Row = readonly [languageId: string, before: string, part: SyntaxPart];

describe("syntaxPart", () => {
  const rows: readonly Row[] = [
    ["typescript", "", "code"],
    ["typescript", "const x = ", "code"],
    ["typescript", "go(); // so ", "comment"],
    ["typescript", "go(); // so\n", "code"],
    ["typescript", "/* so\nand ", "comment"],
    ["typescript", "/* so */ ", "code"],
    ["typescript", "/** a\n * b */\nfoo", "code"],
    ["typescript", 'const x = "a', "string"],
    ["typescript", 'const x = "a\\"', "string"],
    ["typescript", 'const x = "a\\\\"', "code"],
    ["typescript", 'const x = "a";', "code"],
    ["typescript", "const x = 'http://a", "string"],
    ["typescript", "const x = 'http://a' + ", "code"],
    ["typescript", 'glob("src/**/*.ts", ', "code"],
    ["typescript", "// don't\nx = ", "code"],
    ["typescript", "x = 'never closed\ny = ", "code"],
    ["typescript", "x = `a\nb", "string"],
    ["typescript", "x = `a\nb`;", "code"],
    ["typescript", "x = /\\/\\//.test(", "code"],
    ["jsonc", '{ "a', "string"],
    ["java", 'x = """\n  a "b" c', "string"],
    ["java", 'x = """\n  a """;', "code"],
    ["go", "x := `a\\`", "code"],
    ["rust", "fn f<'a>(x: &'a str) ", "code"],
    ["rust", "match c { '\"' => ", "code"],
    ["rust", 'x = "a\nb', "string"],
    ["php", "# so", "comment"],
    ["css", "a { /* b", "comment"],
    ["scss", "// b", "comment"],
    ["python", "x = 1 # so", "comment"],
    ["python", 'def f():\n    """Says', "string"],
    ["python", 'def f():\n    """Says."""\n    ', "code"],
    ["python", "x = f'a", "string"],
    ["python", "x = '#' + ", "code"],
    ["ruby", "x = 1 # so", "comment"],
    ["shellscript", "if [ $# -gt ", "code"],
    ["shellscript", "go # so", "comment"],
    ["yaml", "a: don't\nb: ", "code"],
    ["yaml", "a: b#c", "code"],
    ["yaml", "a: b # c", "comment"],
    ["powershell", "<# a\nb", "comment"],
    ["ini", "; so", "comment"],
    ["sql", "select 1 -- so", "comment"],
    ["sql", "select 'it''s", "string"],
    ["sql", "select 'it''s', ", "code"],
    ["lua", "--[[ a\nb", "comment"],
    ["lua", "-- a\nb", "code"],
    ["haskell", "f x' = {- a", "comment"],
    ["clojure", "(def a 'b ; so", "comment"],
    ["latex", "50\\% of ", "code"],
    ["latex", "% so", "comment"],
    ["vb", "x = 1 ' so", "comment"],
    ["html", "<p>don't", "code"],
    ["html", '<a href="x', "string"],
    ["html", "<!-- a\nb", "comment"],
    ["markdown", "He said \"don't", "code"],
    ["plaintext", "// 'so", "code"],
    ["unheard-of", "# so", "code"],
  ];
  for (const [languageId, before, part] of rows) {
    it(`takes the caret for one in ${part === "code" ? part : `a ${part}`} in ${languageId} behind ${JSON.stringify(before)}`, () => {
      assert.equal(syntaxPart(before, languageId), part);
    });
  }
});

describe("isPlaceUnwanted", () => {
  const comment = { before: "go(); // so ", after: "" };
  const string = { before: 'go("a', after: '")' };

  it("is so in the parts that were named, in a language that is known", () => {
    assert.equal(isPlaceUnwanted(comment, { languageId: "typescript", silentIn: ["comment"] }), true);
    assert.equal(isPlaceUnwanted(comment, { languageId: "typescript", silentIn: ["string"] }), false);
    assert.equal(isPlaceUnwanted(string, { languageId: "typescript", silentIn: ["comment", "string"] }), true);
    assert.equal(isPlaceUnwanted({ before: "x = ", after: "" }, { languageId: "c", silentIn: ["comment"] }), false);
  });

  it("is not so where nothing is named or no language is given", () => {
    assert.equal(isPlaceUnwanted(comment, { languageId: "typescript" }), false);
    assert.equal(isPlaceUnwanted(comment, { silentIn: ["comment"] }), false);
  });
});
