import assert from "node:assert/strict";
import { bracketFilter } from "../../../src/suggestions/bracketFilter.ts";
import { applyFilters } from "../../../src/suggestions/filterChain.ts";
import { repetitionFilter } from "../../../src/suggestions/repetitionFilter.ts";
import type { SuggestionFilter } from "../../../src/suggestions/suggestionFilter.ts";
import { suffixFilter } from "../../../src/suggestions/suffixFilter.ts";
import { whitespaceFilter } from "../../../src/suggestions/whitespaceFilter.ts";

/** What the row is about, the place with the caret as `‸`, the text to be offered, and what may stay of it. */
type Row = readonly [title: string, place: string, text: string, kept: string];

function checkFilter(name: string, filter: SuggestionFilter, rows: readonly Row[]): void {
  describe(name, () => {
    for (const [title, marked, text, kept] of rows) {
      it(`${title}: ${JSON.stringify(marked)} + ${JSON.stringify(text)}`, () => {
        const [before, after] = marked.split("‸");
        assert.ok(before !== undefined && after !== undefined, "the row marks the caret");
        assert.equal(filter(text, { before, after }), kept);
      });
    }
  });
}

checkFilter("whitespace filter", whitespaceFilter, [
  ["drops blanks", "a‸", "   ", ""],
  ["drops tabs", "a‸", "\t", ""],
  ["cuts blanks at the end but for one space", "a‸", " = b  ", " = b "],
  ["keeps a space that would be typed next", "const ‸", "x ", "x "],
  ["keeps none before what stands behind the caret", "f(‸)", "x, ", "x,"],
  ["keeps no tab", "a‸", " = b\t", " = b"],
  ["keeps text", "a‸", " = b", " = b"],
]);

checkFilter("suffix filter", suffixFilter, [
  ["keeps all where nothing follows", "foo(‸", "bar)", "bar)"],
  ["keeps what differs from the rest of the line", "foo(‸, last)", "first", "first"],
  ["offers nothing where all of it is there", "foo‸(bar);", "(bar)", ""],
  ["offers nothing where exactly the rest of the line is there", "foo‸(bar);", "(bar);", ""],
  ["cuts the end that is there already", "foo(‸, last)", "first, last)", "first"],
  ["cuts a single character that is there already", "const x‸ = 1;", "y ", "y"],
  ["cuts where the rest of the line begins, whatever would come behind it", "if (‸) {", "isReady) { go();", "isReady"],
  ["does not mind blanks around the rest of the line", "call(‸  last );  ", "first, last ); more", "first, "],
  ["takes short repetitions inside for chance", "f(‸)", "g(1) + 2", "g(1) + 2"],
  ["drops a line that is the next one", "a\n  ‸\n  return x;\n", "return x;", ""],
  [
    "drops a line that is the next one, when its start is typed and blank lines lie between",
    "  ret‸\n\n\treturn x;",
    "urn x;",
    "",
  ],
  ["keeps the beginning of the next line", "‸\nreturn x + y;", "return x", "return x"],
  ["keeps a line where the next one is blank to the end", "‸\n\n", "return", "return"],
]);

checkFilter("repetition filter", repetitionFilter, [
  ["keeps plain text", "‸", "const total = sum(a, b);", "const total = sum(a, b);"],
  ["keeps what comes twice", "‸", "tick tick", "tick tick"],
  ["cuts what comes three times in a row", "‸", "tick tick tick ", "tick "],
  ["cuts a loop behind a good start", "x = ‸", "[0, 1, 0, 1, 0, 1, 0, 1", "[0, 1, "],
  ["keeps rules of one character", "// ‸", "---------------", "---------------"],
  ["drops the line above over again", "  count += 1;\n  ‸", "count += 1;", ""],
  [
    "drops the line above over again, when its start is typed and a blank line lies between",
    "go(1);\n\ngo‸",
    "(1);",
    "",
  ],
  ["keeps a line that differs from the one above", "  count += 1;\n  ‸", "count += 2;", "count += 2;"],
  ["keeps closing brackets that recur", "  }\n‸", "}", "}"],
  ["keeps short words that recur", "  end\n‸", "end", "end"],
]);

checkFilter("bracket filter", bracketFilter, [
  ["closes what it opened", "foo‸", "(bar)", "(bar)"],
  ["closes what it opened before a closing bracket that is there", "foo(‸)", "bar(1)", "bar(1)"],
  ["does not double a bracket that is there", "foo(‸)", "bar)", "bar"],
  ["does not double a bracket that is there, nor what would follow it", "foo(‸);", "bar) + 1", "bar"],
  ["does not double the outer of two brackets that are there", "foo([‸])", "1, 2])", "1, 2"],
  ["keeps a closing bracket where none is there", "foo(‸", "bar);", "bar);"],
  ["keeps a closing bracket of another kind", "foo(‸)", "a[0], b", "a[0], b"],
  ["does not double a quote that is there", 'import "‸"', 'node:fs"', "node:fs"],
  ["does not double a quote that is there, nor what would follow it", "const a = '‸';", "b'; c", "b"],
  ["keeps quotes that it opens and closes", "foo(‸)", '"a)", 1', '"a)", 1'],
  ["takes an escaped quote for text", 'x = "‸"', 'a\\"b"', 'a\\"b'],
  ["takes an apostrophe in a word for none", "// don't (‸)", "do that)", "do that"],
  ["keeps everything before other text", "foo(‸bar)", "a) ", "a) "],
]);

checkFilter("filter chain", applyFilters, [
  ["leaves a good suggestion alone", "const x = ‸", "compute(y);", "compute(y);"],
  ["cuts at the bracket and then the blanks before it", "foo(‸)", "bar )", "bar"],
  ["offers nothing where all that is left is a blank", "call(‸)", " )", ""],
  ["never leaves half a character", 'x = "‸\ude00"', "\ud83d\ude00", ""],
]);
