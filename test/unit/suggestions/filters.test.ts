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
  ["drops what makes the next line over again with the bracket there", "  log(‸);\n  log(value);\n", "value", ""],
  ["keeps what makes another line than the next one", "  log(‸);\n  log(value);\n", "values", "values"],
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
  ["drops what makes the line above over again with the bracket there", "print(value)\nprint(‸)", "value", ""],
  ["keeps what makes another line than the one above", "print(value)\nprint(‸)", "total", "total"],
  ["keeps what makes closing brackets over again with one there", "[1]\n[‸]", "1", "1"],
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
  ["closes nothing where nothing is open", "x = 1‸", "]);", ""],
  ["closes nothing where all is closed", "foo(bar)‸", ") + 1", ""],
  ["closes no bracket of another kind", "foo(‸", "a]]}", "a"],
  ["closes only what it opened itself", "x = ‸", "f(a[0]))", "f(a[0])"],
  ["closes what a line above opened", "foo(\n  a,\n  b‸", '"c");', '"c");'],
  [
    "closes what lines above opened, from the inside out",
    "it('a', () => {\n  go({\n    b: [\n      1‸",
    "]})})",
    "]})})",
  ],
  ["closes no more than lines above opened", "go({\n  a: 1‸", "}));", "})"],
  ["closes nothing that lines above closed", "go(a);\nif (x) { y }\n‸", "}", ""],
  ["takes brackets in strings above for none", "a = '({[';\nb = 1‸", "]", ""],
  ["takes brackets in comments above for closed", "// 1) and (b)\ngo(\n  // a)\n  1‸", ");", ");"],
  ["takes a lifetime for no string", "impl<'a> Foo<'a> {\n  a: 1\n‸", "}", "}"],
  ["takes an apostrophe in a comment above for none", "go(() => { // don't\n  a()\n‸", "});", "});"],
  ["looks no further back than it can", `go(() => {\n${"  a();\n".repeat(4000)}‸`, "});", "});"],
  ["keeps smileys", "Thanks ‸", "a lot :)", "a lot :)"],
  ["keeps the marks of lists", "‸", "a) first", "a) first"],
  ["keeps the cases of a shell", 'case "$1" in\n  ‸', "--help | -h) usage ;;", "--help | -h) usage ;;"],
  ["keeps intervals", "range = ‸", "[0, n)", "[0, n)"],
  ["keeps character classes", "x = ‸", "s.split(/[)}]/);", "s.split(/[)}]/);"],
  ["keeps prose in comments", "// see ‸", "above] and b)", "above] and b)"],
  ["doubles no end of a template's expression", "const a = `x${‸}`", "b}`;", "b"],
  ["closes a template's expression of its own", "const a = go(‸)", "`x${b}`", "`x${b}`"],
  ["goes on in a template behind its expression", "const a = `x${‸", "b} and ${c}`;", "b} and ${c}`;"],
  ["doubles no bracket in a string that is there", 'f"{x‸}"', 'y}"', "y"],
  ["doubles no bracket before the quote that is there", 'log("go(‸)")', "f(a)) and", "f(a)"],
  ["doubles no end of type arguments", "let v: Vec‹‸>;".replace("‹", "<"), "Map<K, i32>> = go()", "Map<K, i32>"],
  ["takes arrows and comparisons for no such end", "f(a<‸>)", "(x) => x > 1", "(x) => x "],
  ["takes a comparison for none where none is there", "if (a ‸)", "> b", "> b"],
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
  ["drops what goes on with an issuer's mark", "// ‸", TOKEN.slice(0, 19), ""],
  ["drops four characters behind an issuer's mark", "// ghp_‸", MIXED.slice(0, 4), ""],
  ["drops the rest of a mark's token begun", "// ghp_aB3‸", "dE5", ""],
  ["drops a token that hides behind a letter", "x‸", `${TOKEN}========`, ""],
  ["drops most of an access key", 'id = "‸"', ["AKIA", "QZ3XW5VK7JHGF"].join(""), ""],
  ["drops a registry's token begun", "//registry/:_authToken=‸", `npm_${MIXED.slice(0, 12)}`, ""],
  ["drops the beginning of a web token", "jwt(‸", ["eyJ", "hbGciOiJIUzI1"].join(""), ""],
  ["drops letters that spell nothing", "x = ‸", "qzxwvkjhgfdmnbvclkrtpsyq", ""],
  ["drops eight characters of a password", 'password = "‸', "k9#Vq2!x", ""],
  ["drops letters and digits of a password", "const ‸", 'dbPassword = "hT7kQ2mZ";', 'dbPassword = "'],
  ["drops letters of a secret", "client_secret: ‸", "'qzxwvkjhgfdm'", "'"],
  ["drops a key in an object", '{ "api_key": ‸', '"9f2c7a1b"', '"'],
  ["drops what goes on with a password begun", "password = 'k9#‸'", "Vq2", ""],
  ...[
    'password = "test";',
    'password = "Password1!"',
    'password: "correct horse battery staple",',
    'passwordLabel = "Password 2";',
    "token = getToken();",
    "token = process.env.X;",
    'token: "${TOKEN}",',
    "token = `Bearer ${jwt}`;",
    'token = "csrfmiddlewaretoken"',
    'tokenizer = "cl100k_base"',
    'accessToken: "access-token-1234"',
    'api_key = "YOUR_API_KEY"',
    'secretKey = "/run/secrets/db2_x7"',
    'password = "https://a.b/c9x2k"',
    'algorithm = "HS256"',
    'if (password !== "k9Vq2x7z") {',
    "el.getElementsByTagNameNS(ns, name);",
    "throw new InsufficientPermissionsException();",
    "unhandledPromiseRejectionHandler(e);",
    "Rechtsschutzversicherungsgesellschaften",
    '"abcdefghijklmnopqrstuvwxyz"',
    '"ABCDEFGHIJKLMNOPQRSTUVWXYZ"',
    "from huggingface_hub import hf_hub_download, hf_model_info",
    "npm_config_registry=x npm_lifecycle_event",
    "/^ghp_[A-Za-z0-9]{36}$/",
    '"ghp_your_token_here"',
    "sk-SK, sk-button, SG.dispatch()",
    "ASIANA ASIAPACIFIC",
    "DATA_BASE64_URL_SAFE_ALPHABET_LENGTH",
    "kCFStringEncodingMacRomanLatin",
  ].map((code): Row => ["keeps code", "‸", code, code]),
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
