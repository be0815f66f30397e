import assert from "node:assert/strict";
import fc from "fast-check";
import { findSecrets } from "../../../src/corpus/secrets.ts";
import { bracketFilter } from "../../../src/suggestions/bracketFilter.ts";
import { conflictFilter } from "../../../src/suggestions/conflictFilter.ts";
import { applyFilters } from "../../../src/suggestions/filterChain.ts";
import { indentationFilter } from "../../../src/suggestions/indentationFilter.ts";
import { repetitionFilter } from "../../../src/suggestions/repetitionFilter.ts";
import { secretFilter } from "../../../src/suggestions/secretFilter.ts";
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
  ["keeps a bracket that closes what the text opens", "foo(‸)", "bar(1)", "bar(1)"],
  ["cuts only the bracket that closes nothing in the text", "foo(‸)", "bar(1))", "bar(1)"],
  ["keeps a quote that closes what the text opens", "go(‸')", "'a'", "'a'"],
  ["cuts a quote that closes what stands before the text", 'go("‸")', "it's\"", "it's"],
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

// Made-up values, put together here so that no scanner of repositories takes this file for a leak.
const MIXED = "aB3dE5gH7jK9mN1pQ4sT6vW8yZ0bC2eF4hJ6kL8nP1qR3tU5wX7zA9cD2fG4iJ6lM8oQ1rS3uV5xY7b";
const HEX = "9f2c7a1b4e8d3065c7f1a9e2b4d80736";
const TOKEN = `ghp_${MIXED.slice(0, 36)}`;
const BASE36 = "k3j9x2v7q8z1m4t6p0w5";

checkFilter("secret filter", secretFilter, [
  ["keeps plain text", "const x = ‸", "compute(y);", "compute(y);"],
  ["cuts before a token of a known form", "const token = ‸", `"${TOKEN}";`, '"'],
  ["drops a token of a known form", 'const x = "‸"', TOKEN, ""],
  ["drops the rest of a token that is begun", `// ${TOKEN.slice(0, 20)}‸`, `${TOKEN.slice(20)} is it`, ""],
  [
    "cuts before what looks random where a password is assigned",
    "const ‸",
    'password = "k9#Vq2!xLw7Z";',
    'password = "',
  ],
  ["cuts it also where its quote is not closed yet", "const ‸", "password = 'k9#Vq2!xLw7Z", "password = '"],
  ["drops what looks random where a key is assigned", "API_KEY=‸", HEX, ""],
  ["drops a password in an address", "url: ‸", `postgres://me:${MIXED.slice(0, 16)}@db:5432/app`, "postgres://me:"],
  ["drops what looks drawn by chance, wherever it stands", 'id: "‸"', MIXED.slice(0, 24), ""],
  ["drops small letters and digits drawn by chance", 'id: "‸"', BASE36, ""],
  ["drops a hexadecimal digest", "sha256:‸", HEX, ""],
  ["drops what goes on with a run begun", `x = "${MIXED.slice(0, 12)}‸"`, MIXED.slice(12, 24), ""],
  ["drops the lines of a private key", `-----BEGIN PRIVATE KEY-----\n${MIXED.slice(0, 64)}\n‸`, MIXED.slice(1, 20), ""],
  ["keeps what follows a secret that stands there", `token = "${TOKEN}"‸`, "; // not ours", "; // not ours"],
  ["keeps long names", "x = ‸", "getUint16FromBase64String(view);", "getUint16FromBase64String(view);"],
  ["keeps names with separators", "it(‸", "test_http2_server_h2c_push()", "test_http2_server_h2c_push()"],
  ["keeps paths", "import ‸", '"../../lib/http2/v3/secureServer2.js"', '"../../lib/http2/v3/secureServer2.js"'],
  ["keeps placeholders", "API_KEY=‸", "your-api-key-goes-here-1234", "your-api-key-goes-here-1234"],
  [
    "keeps passwords that are read",
    "const ‸",
    "password = process.env.DB_PASSWORD;",
    "password = process.env.DB_PASSWORD;",
  ],
  ["keeps rules", "// ‸", "=".repeat(40), "=".repeat(40)],
]);

checkFilter("conflict filter", conflictFilter, [
  ["keeps text where there is no conflict", "a\n‸\nb", "go();", "go();"],
  ["is silent in our side", "<<<<<<< HEAD\na = ‸\n=======\na = 2\n>>>>>>> b\n", "1", ""],
  ["is silent in their side", "<<<<<<< HEAD\na = 1\n=======\na = ‸\n>>>>>>> b\n", "2", ""],
  ["is silent in the common ancestor's", "<<<<<<< HEAD\n||||||| 3f2\na = ‸\n=======\n>>>>>>> b\n", "2", ""],
  ["is silent where the opening line is cut off", "a = ‸\n=======\na = 2\n>>>>>>> b\n", "1", ""],
  ["is silent on the opening line", "<<<<<<< ‸\n", "HEAD", ""],
  ["is silent on the opening line before its marks", "‸<<<<<<< HEAD\n", "x ", ""],
  ["is silent on the closing line", ">>>>>>> ‸\n", "main", ""],
  ["is silent on the line between the sides", "<<<<<<< HEAD\na\n=======‸\nb\n>>>>>>> b\n", "==", ""],
  ["makes no marker", "‸", "<<<<<<< HEAD", ""],
  ["makes no marker out of one begun", ">>>‸", ">>>> main", ""],
  ["speaks behind a conflict", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> b\nc = ‸", "3", "3"],
  ["speaks before a conflict", "c = ‸\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> b\n", "3", "3"],
  ["underlines headings", "Heading\n‸\n", "=======", "======="],
  ["speaks below an underlined heading", "Heading\n=======\n\nSome ‸", "text", "text"],
  ["takes shifts and rules for none", "a <<<<<<< b\n<<<<<<<<<<\n‸", "x >>> 2", "x >>> 2"],
  ["looks for no marker in the rest of the caret's line", "x‸>>>>>>> b", " = 1", " = 1"],
]);

checkFilter("indentation filter", indentationFilter, [
  ["keeps spaces among spaces", "if x:\n    a()\n‸", "    b()", "    b()"],
  ["keeps tabs among tabs", "if x {\n\ta()\n‸", "\tb()", "\tb()"],
  ["drops tabs among spaces", "if x:\n    a()\n‸", "\tb()", ""],
  ["drops spaces among tabs", "if x {\n\ta()\n‸", "    b()", ""],
  ["drops spaces behind a tab that is typed", "if x {\n\ta()\n\t‸", "  b()", ""],
  ["drops a tab behind spaces that are typed", "if x:\n  a()\n  ‸", "\tb()", ""],
  ["keeps both in one where a line above has both", "f(a,\n\t  b)\n‸", "\t  c", "\t  c"],
  ["keeps text that adds nothing to the indentation", "if x:\n    a()\n\t‸", "b()", "b()"],
  ["keeps spaces behind text", "if x {\n\ta()\n\tx‸", "  = 1", "  = 1"],
  ["keeps either kind where nothing above is indented", "a\nb\n‸", "\tc", "\tc"],
  ["keeps either kind where both are above", "a:\n\tb\nc:\n  d\n‸", "\te", "\te"],
  ["asks the lines near by, not those far above", `\tfar\n${"  near\n".repeat(20)}‸`, "\tb", ""],
  ["takes blank lines for no evidence", "a {\n\tb\n    \n‸", "    c", ""],
  ["takes the space before a comment's star for alignment", "\ta()\n\t/**\n\t * b\n‸", "  c()", ""],
  ["keeps the space before a comment's star", "\ta()\n\t/**\n\t‸", " * b", " * b"],
]);

checkFilter("filter chain", applyFilters, [
  ["keeps the calls that it closes", "foo(‸)", "bar(1)", "bar(1)"],
  ["drops what repeats the line above once its end is cut", "go();\n‸", "go(); go(); go(); ", ""],
  ["leaves a good suggestion alone", "const x = ‸", "compute(y);", "compute(y);"],
  ["cuts at the bracket and then the blanks before it", "foo(‸)", "bar )", "bar"],
  ["offers nothing where all that is left is a blank", "call(‸)", " )", ""],
  ["never leaves half a character", 'x = "‸\ude00"', "\ud83d\ude00", ""],
]);

describe("filter chain", () => {
  // Of pieces that filters look at, so that chance meets them often.
  const PIECES = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "`",
    "\\",
    " ",
    "\t",
    ",",
    ";",
    "=",
    ".",
    "x",
    "1",
    "é",
    "*",
    "\n",
    "  ",
    "go(",
    "a, ",
    "<<<<<<< ",
    "\n=======\n",
    "\n>>>>>>> b\n",
    "token = ",
    TOKEN,
    HEX,
    "\u{1f600}",
    "\ud83d",
    "\ude00",
  ] as const;
  const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(""));
  const line = texts.map((text) => text.replaceAll("\n", ""));

  it("keeps a beginning that ends at a whole character and that it keeps as it is", () => {
    fc.assert(
      fc.property(texts, texts, line, (before, after, text) => {
        const kept = applyFilters(text, { before, after });
        assert.ok(text.startsWith(kept), "a beginning of the text");
        assert.doesNotMatch(kept, /[\ud800-\udbff]$/, "no half of a pair");
        assert.equal(applyFilters(kept, { before, after }), kept, "the same again");
        assert.deepEqual(findSecrets(kept), [], "no secret");
      }),
      { numRuns: 2000 },
    );
  });
});
