import assert from "node:assert/strict";
import fc from "fast-check";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { trickyText } from "./trickyText.ts";

const vocabulary = trainCharVocabulary(["aabbß ß😀😀\n\n", "one of a kind: ?"], { minimumCount: 2 });

describe("The character vocabulary", () => {
  it("gives a text of known characters back", () => {
    const known = fc.string({ unit: fc.constantFrom("a", "b", "ß", "😀", "\n", " ") });
    fc.assert(
      fc.property(known, (text) => {
        assert.equal(vocabulary.decode(vocabulary.encode(text)), text);
      }),
    );
  });

  it("makes one token of every character, an unknown one included", () => {
    fc.assert(
      fc.property(fc.oneof(trickyText, fc.string({ unit: "binary" })), (text) => {
        assert.equal(vocabulary.encode(text).length, Array.from(text).length);
      }),
    );
  });

  it("reads what it does not know as unknown, which has no bytes and decodes to the replacement character", () => {
    assert.deepEqual([...vocabulary.encode("?漢\ud83d")], [2, 2, 2]);
    assert.equal(vocabulary.decode([0, 2, 1]), "\ufffd");
    for (const id of [0, 1, 2]) {
      assert.equal(vocabulary.pieceBytes(id).length, 0);
    }
    assert.throws(() => vocabulary.pieceBytes(vocabulary.size), RangeError);
  });

  it("gives the UTF-8 bytes of a character", () => {
    assert.deepEqual([...vocabulary.pieceBytes(vocabulary.encode("ß")[0]!)], [0xc3, 0x9f]);
  });

  it("can be cut anywhere but within a surrogate pair", () => {
    assert.equal(vocabulary.lastBoundary(""), 0);
    assert.equal(vocabulary.lastBoundary("ab"), 2);
    assert.equal(vocabulary.lastBoundary("a😀"), 3);
    assert.equal(vocabulary.lastBoundary("a\ud83d"), 1);
    fc.assert(
      fc.property(trickyText, trickyText, (text, continuation) => {
        const boundary = vocabulary.lastBoundary(text);
        const before = vocabulary.encode(text.slice(0, boundary));
        const after = vocabulary.encode((text + continuation).slice(boundary));
        assert.deepEqual([...before, ...after], [...vocabulary.encode(text + continuation)]);
      }),
    );
  });
});

describe("trainCharVocabulary", () => {
  it("takes the characters that occur often enough, in code point order", () => {
    const characters = ["\n", " ", "a", "b", "n", "o", "ß", "😀"].map((text) => ({ text }));
    assert.deepEqual(vocabulary.serialize().pieces.slice(3), characters);
  });

  it("keeps the most frequent characters where not all fit", () => {
    const { pieces } = trainCharVocabulary(["aaaa", "bbb", "cc", "dd"], { vocabularySize: 6 }).serialize();
    assert.deepEqual(pieces.slice(3), [{ text: "a" }, { text: "b" }, { text: "c" }]);
  });

  it("makes a vocabulary of nothing", () => {
    assert.equal(trainCharVocabulary([]).size, 3);
    assert.deepEqual([...trainCharVocabulary([]).encode("a")], [2]);
  });

  it("rejects a size without room for a character", () => {
    assert.throws(() => trainCharVocabulary(["a"], { vocabularySize: 3 }), RangeError);
  });
});
