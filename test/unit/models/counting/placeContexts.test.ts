import assert from "node:assert/strict";
import { PLACE_KINDS, PlaceContexts } from "../../../../src/models/counting/placeContexts.ts";
import { extendHistory, type TokenHistory } from "../../../../src/models/counting/tokenHistory.ts";

const START = 0;
/** START, and then what the tests are written in. */
const TEXTS = [
  "",
  "\n",
  "  ",
  "foo",
  "bar",
  "fo",
  "o",
  "(",
  ")",
  ".",
  ", ",
  "let ",
  "x",
  "y",
  " = ",
  ";",
  "[",
  "\n  ",
  "é",
];

/** The names of the kinds, in their order. */
const KINDS = [
  "gap",
  "gapBehindOne",
  "twoGaps",
  "words",
  "threeWords",
  "lines",
  "wordInLine",
  "above",
  "opener",
  "word",
  "followers",
  "column",
] as const;
type Kind = (typeof KINDS)[number];

/** What a place is like whose text is made of these pieces. */
function placeBehind(...pieces: readonly string[]): Readonly<Record<Kind, number>> {
  const history = pieces.reduce<TokenHistory | null>(
    (read, piece) => {
      assert.ok(TEXTS.includes(piece), piece);
      return extendHistory(read, TEXTS.indexOf(piece), START);
    },
    extendHistory(null, START, START),
  );
  const out = new Int32Array(PLACE_KINDS);
  new PlaceContexts(TEXTS).read(history, out);
  return Object.fromEntries(KINDS.map((kind, index) => [kind, out[index]])) as Record<Kind, number>;
}

function checkAlike(kind: Kind, one: readonly string[], other: readonly string[]): void {
  assert.equal(placeBehind(...one)[kind], placeBehind(...other)[kind], `${kind}: ${JSON.stringify([one, other])}`);
}

function checkUnlike(kind: Kind, one: readonly string[], other: readonly string[]): void {
  assert.notEqual(placeBehind(...one)[kind], placeBehind(...other)[kind], `${kind}: ${JSON.stringify([one, other])}`);
}

describe("PlaceContexts", () => {
  it("passes over one token, or two", () => {
    checkAlike("gap", ["foo", ".", "x"], ["foo", ".", "y"]);
    checkUnlike("gap", ["foo", ".", "x"], ["bar", ".", "x"]);
    checkAlike("gapBehindOne", ["foo", ".", "x", "("], ["foo", ".", "y", "("]);
    checkUnlike("gapBehindOne", ["foo", ".", "x", "("], ["foo", ".", "x", "["]);
    checkAlike("twoGaps", ["bar", "foo", ".", "x", "("], ["bar", "foo", ".", "y", "["]);
    checkUnlike("twoGaps", ["bar", "foo", ".", "x", "("], ["bar", "foo", ";", "x", "("]);
  });

  it("reads words whatever stands between them and however they were cut", () => {
    checkAlike("words", ["bar", "(", "foo"], ["bar", ".", ")", "fo", "o"]);
    checkUnlike("words", ["bar", "(", "foo"], ["bar", "(", "fo"]);
    checkUnlike("words", ["bar", "(", "foo"], ["bar", "(", "foo", "."]);
    checkUnlike("words", ["x", "(", "é"], ["x", "(", "y"]);
    checkAlike("threeWords", ["x", ".", "bar", "(", "foo"], ["x", "(", "bar", ", ", "foo"]);
    checkUnlike("threeWords", ["x", ".", "bar", "(", "foo"], ["y", ".", "bar", "(", "foo"]);
  });

  it("reads how the line begins, and the line above that is not blank", () => {
    checkAlike("lines", ["let ", "x", "\n", "foo", "y", "."], ["let ", "y", "\n", "foo", "x", ", ", "."]);
    checkAlike("lines", ["let ", "x", "\n", "foo", "."], ["let ", "x", "\n", "\n", "  ", "\n", "foo", "."]);
    checkUnlike("lines", ["let ", "x", "\n", "foo", "."], ["bar", "x", "\n", "foo", "."]);
    checkUnlike("lines", ["let ", "x", "\n", "foo", "."], ["let ", "x", "\n", "bar", "."]);
    checkAlike("lines", ["let ", "x", "\n", "  ", "foo", "."], ["let ", "x", "\n  ", "foo", "."]);
    checkAlike("wordInLine", ["let ", "y", "\n", "foo", " = ", "x"], ["\n", "foo", "(", "x"]);
    checkUnlike("wordInLine", ["foo", " = ", "x"], ["bar", " = ", "x"]);
  });

  it("reads what stands above, token by token", () => {
    const rows = ["x", ", ", "y", "\n"];
    checkAlike("above", [...rows, "foo", ", "], ["bar", ", ", "y", "\n", "x", ", "]);
    checkUnlike("above", [...rows, "foo", ", "], ["bar", "(", ...rows.slice(2), "x", ", "]);
    checkAlike("above", ["foo", ...rows.slice(1), "foo", ", "], ["foo", ...rows.slice(1), "bar", ", "]);
    checkUnlike("above", ["foo", ", ", "x", "\n", "foo", ", "], ["foo", ", ", "y", "\n", "foo", ", "]);
    // The line above has ended.
    checkAlike("above", ["x", "\n", "foo", "bar", "y"], ["\n", "bar", "foo", "y"]);
  });

  it("finds the open bracket and what stands before it, past brackets that are closed", () => {
    checkAlike("opener", ["foo", "(", "x", ", "], ["foo", "(", "bar", "(", "y", ")", ", "]);
    checkAlike("opener", ["foo", "(", "x", ", "], ["fo", "o", "(", "y", ", "]);
    checkUnlike("opener", ["foo", "(", "x", ", "], ["bar", "(", "x", ", "]);
    checkUnlike("opener", ["foo", "(", "x", ", "], ["foo", "[", "x", ", "]);
    checkAlike("opener", ["foo", "(", ")", "x"], ["bar", "x"]);
  });

  it("reads the word that is being written, whatever stands before it", () => {
    checkAlike("word", ["bar", "(", "foo"], ["x", ".", "fo", "o"]);
    checkUnlike("word", ["foo"], ["fo"]);
    checkUnlike("word", ["foo", "("], ["foo", "["]);
  });

  it("reads what came after the same piece before, the last two times", () => {
    checkAlike("followers", ["x", "(", "y", "x", ".", "x"], ["foo", "x", "(", "bar", "x", ".", ";", "x"]);
    checkUnlike("followers", ["x", "(", "y", "x"], ["x", "[", "y", "x"]);
    checkAlike("followers", ["x", "("], ["foo", "("]);
  });

  it("reads how far into a line of its kind it is", () => {
    checkAlike("column", ["let ", "x", " = "], ["let ", "y", ";"]);
    checkUnlike("column", ["let ", "x", " = "], ["let ", "x"]);
    checkUnlike("column", ["let ", "x"], ["foo", "x"]);
  });

  it("has a place before anything was read", () => {
    const out = new Int32Array(PLACE_KINDS);
    new PlaceContexts(TEXTS).read(null, out);
    const again = new Int32Array(PLACE_KINDS).fill(5);
    new PlaceContexts(TEXTS).read(null, again);
    assert.deepEqual(again, out);
    assert.equal(new Set(out).size, PLACE_KINDS);
  });
});
