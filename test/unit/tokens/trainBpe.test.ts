import assert from "node:assert/strict";
import fc from "fast-check";
import { MIN_BPE_VOCABULARY_SIZE, trainBpe } from "../../../src/tokens/trainBpe.ts";
import { naiveBpe, naiveEncode } from "./naiveBpe.ts";
import { trickyText } from "./trickyText.ts";

const BASE_SIZE = 245;

const SNIPPET = `function sumOfSquares(values) {
    let sum = 0;
    for (const value of values) {
        sum += value * value;
    }
    return sum;
}

function meanOfSquares(values) {
    if (values.length === 0) {
        return 0;
    }
    return sumOfSquares(values) / values.length;
}
`;

/** `|` stands between two pieces of the 55 that the program teaches. */
const SEGMENTED_SNIPPET = `function| sum|Of|Squares|(|values|)| {|
|    |l|et| sum| =| 0|;|
|    |f|o|r| (|c|on|s|t| value| |o|f| values|)| {|
|        |sum| |+|=| value| |*| value|;|
|    |}|
|    |return| sum|;|
|}|
|
|function| |m|e|a|n|Of|Squares|(|values|)| {|
|    |i|f| (|values|.|length| =|=|=| 0|)| {|
|        |return| 0|;|
|    |}|
|    |return| sum|Of|Squares|(|values|)| |/| values|.|length|;|
|}|
`;

const repetitiveText = fc
  .array(fc.constantFrom("a", "b", "aa", "ab", "aaa", " ", "  ", "\n", "A", "_", "=", "1"), { maxLength: 60 })
  .map((parts) => parts.join(""));

/** The pieces a text is cut into, with `|` between them. */
function segment(text: string, vocabularySize: number): string {
  const vocabulary = trainBpe([text], { vocabularySize });
  return [...vocabulary.encode(text)].map((id) => vocabulary.decode([id])).join("|");
}

describe("trainBpe", () => {
  it("learns the merges that the definition gives, in the same order", () => {
    fc.assert(
      fc.property(fc.array(repetitiveText, { maxLength: 4 }), (texts) => {
        const vocabulary = trainBpe(texts, { vocabularySize: BASE_SIZE + 12 });
        const { merges } = vocabulary.serialize();
        const learnt = merges.map((merge) => merge.map((id) => vocabulary.decode([id])));
        const expected = naiveBpe(texts, 12);
        assert.deepEqual(learnt, expected);
        for (const text of texts) {
          const pieces = [...vocabulary.encode(text)].map((id) => vocabulary.decode([id]));
          assert.deepEqual(pieces, naiveEncode(text, expected));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("cuts a small program as people would", () => {
    assert.equal(segment(SNIPPET, 300), SEGMENTED_SNIPPET);
  });

  it("gives the same vocabulary whatever the order of the texts", () => {
    const texts = [SNIPPET, "größer größer 漢字 漢字漢字", "let x = 'größer';\n"];
    const one = trainBpe(texts, { vocabularySize: 320 }).serialize();
    const other = trainBpe([...texts].reverse(), { vocabularySize: 320 }).serialize();
    assert.deepEqual(one, other);
  });

  it("gives a character outside ASCII a piece where that saves tokens, and leaves rare ones to bytes", () => {
    const vocabulary = trainBpe(["ß".repeat(9), "漢漢漢", "é"], { vocabularySize: BASE_SIZE + 11 });
    assert.deepEqual(
      [...vocabulary.encode("漢")].map((id) => vocabulary.decode([id])),
      ["漢"],
    );
    assert.equal(vocabulary.encode("ß").length, 1);
    assert.equal(vocabulary.encode("é").length, 2);
  });

  it("spends ids on what saves most: a frequent character before a rare merge, a frequent merge before a rare character", () => {
    const text = `${"漢\n".repeat(50)}${"ab\n".repeat(60)}${"é\n".repeat(30)}${"xy\n".repeat(10)}`;
    const { pieces } = trainBpe([text], { vocabularySize: BASE_SIZE + 11 }).serialize();
    assert.deepEqual(pieces.slice(BASE_SIZE), [{ text: "漢" }, { text: "ab" }, { text: "é" }, { text: "xy" }]);
  });

  it("lets no piece cross a newline", () => {
    const { pieces } = trainBpe(["a\n\n\n    b\n".repeat(100)], { vocabularySize: 400 }).serialize();
    const crossing = pieces.filter((piece) => "text" in piece && piece.text.includes("\n") && piece.text !== "\n");
    assert.deepEqual(crossing, []);
  });

  it("makes a run of indentation one piece", () => {
    const vocabulary = trainBpe(["        deep();\n".repeat(20)], { vocabularySize: 300 });
    assert.equal(vocabulary.encode("        ").length, 1);
  });

  it("learns fewer pieces than asked where there is nothing to learn", () => {
    for (const texts of [[], [""], ["a"], ["abcdefg"]]) {
      assert.equal(trainBpe(texts, { vocabularySize: 1024 }).size, BASE_SIZE, JSON.stringify(texts));
    }
  });

  it("never learns more than asked, and no piece twice", () => {
    fc.assert(
      fc.property(fc.array(trickyText, { maxLength: 10 }), (texts) => {
        const vocabulary = trainBpe([...texts, ...texts, ...texts], { vocabularySize: 270 });
        assert.ok(vocabulary.size <= 270);
        const keys = vocabulary.serialize().pieces.map((piece) => JSON.stringify(piece));
        assert.equal(new Set(keys).size, keys.length);
      }),
      { numRuns: 300 },
    );
  });

  it("stops learning when it is aborted", () => {
    const controller = new AbortController();
    controller.abort();
    assert.equal(trainBpe([SNIPPET], { vocabularySize: 1024, signal: controller.signal }).size, BASE_SIZE);
  });

  it("rejects sizes that no vocabulary can have", () => {
    for (const vocabularySize of [0, MIN_BPE_VOCABULARY_SIZE - 1, 300.5, Number.NaN, 100_000]) {
      assert.throws(() => trainBpe([], { vocabularySize }), RangeError);
    }
  });
});
