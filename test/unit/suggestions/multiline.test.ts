import assert from "node:assert/strict";
import { filterLines } from "../../../src/suggestions/filterLines.ts";
import { AUTOMATIC_GATE } from "../../../src/suggestions/gate.ts";
import { OfferWatch } from "../../../src/suggestions/offerWatch.ts";
import { SuggestionCache } from "../../../src/suggestions/suggestionCache.ts";

/** What the row is about, the place with the caret as `‸`, the text to be offered, and what may stay of it. */
const ROWS: readonly (readonly [title: string, place: string, text: string, kept: string])[] = [
  ["keeps lines that are new", "if (a) ‸\n", "{\n  go();\n}", "{\n  go();\n}"],
  ["cuts before a line that the text below begins with", "if (a) ‸\n}", "{\n  go();\n}", "{\n  go();"],
  ["cuts before a line indented otherwise", "x\n\ty\n‸", "f() {\n  go();", "f() {"],
  ["cuts before a line that repeats another", "‸", "one();\ntwo();\none();", "one();\ntwo();"],
  ["cuts before a line that repeats the one above", "‸", "one();\none();", "one();"],
  ["cuts before a secret below", "‸", 'a = 1\npassword = "hT7kq2Zp9XvB4mN1wR8s"', "a = 1"],
  ["cuts line ends and blanks at the end", "‸", "one();\n\n  ", "one();"],
  ["keeps a blank line between", "‸", "one();\n\ntwo();", "one();\n\ntwo();"],
  ["is the chain's answer for one line", "foo(‸, last)", "first, last)", "first"],
];

describe("Suggestions of several lines", () => {
  for (const [title, marked, text, kept] of ROWS) {
    it(`${title}: ${JSON.stringify(marked)} + ${JSON.stringify(text)}`, () => {
      const [before = "", after = ""] = marked.split("‸");
      assert.equal(filterLines(text, { before, after }), kept);
    });
  }

  it("shrink as they are typed over line ends, and come back after backspace", () => {
    const cache = new SuggestionCache();
    const text = "{\n  go();\n}";
    const probabilities = Float64Array.from({ length: text.length + 1 }, (_, n) => 0.99 ** n);
    const terms = { trigger: "automatic", eagerness: 0.5 } as const;
    const wish = {
      ...terms,
      gate: AUTOMATIC_GATE,
      isMultiline: true,
      wantedLength: ({ length }: string): number => length,
    };
    const continuation = { text, probability: 0.99 ** text.length, probabilities };
    cache.store("d", { before: "x\nif (a) ", after: "" }, [{ continuation, terms }]);
    const find = (typed: string): string | undefined =>
      cache.find("d", { before: `x\nif (a) ${typed}`, after: "" }, wish)[0]?.continuation.text;
    assert.equal(find("{\n"), "  go();\n}");
    assert.equal(find("{\n  g"), "o();\n}");
    assert.equal(find("{"), "\n  go();\n}");
    assert.equal(find("{\n  h"), undefined);
    assert.deepEqual(cache.find("d", { before: "y\nif (a) {\n  g", after: "" }, wish), []);
    assert.deepEqual(cache.find("d", { before: "x\nif (a) {", after: "" }, { ...wish, isMultiline: false }), []);
  });

  it("are known as typed, or as rejected, in whichever of their lines that shows", () => {
    for (const [line, lineAbove, prefix, fate] of [
      [5, "if (a) {", "  go", undefined],
      [5, "if (a) {", "  stop", "rejected"],
      [5, "else {", "  go", "rejected"],
      [6, "  go();", "}", "typed"],
      [9, "", "", "left"],
    ] as const) {
      const watch = new OfferWatch();
      const lineText = "if (a) {\n  go();\n}";
      watch.show({ document: "d", languageId: "ts", line: 4, lineText, probability: 0.8 });
      assert.equal(watch.write({ document: "d", line, prefix, lineAbove })?.fate, fate, `${line} ${prefix}`);
    }
  });
});
