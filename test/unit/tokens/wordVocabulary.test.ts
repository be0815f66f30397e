import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { restoreAnyVocabulary } from "../../../src/tokens/anyVocabulary.ts";
import { trainWordVocabulary, WordVocabulary } from "../../../src/tokens/wordVocabulary.ts";

describe("WordVocabulary", () => {
  it("gives back the words of a line, with single spaces between them", () => {
    const vocabulary = new WordVocabulary(["<unk>", "the", "naïve", "cat"]);
    assert.equal(vocabulary.decode(vocabulary.encode("  the naïve\tcat ")), "the naïve cat");
    assert.equal(vocabulary.decode([3, 1, 5, 1]), "the\ncat\n");
  });

  it("has every word of a text that marks unknown ones itself, and counts their bytes", () => {
    const vocabulary = trainWordVocabulary(["a b <unk>", "a"], { vocabularySize: 100 });
    assert.equal(vocabulary.size, 2 + 3);
    assert.deepEqual([...vocabulary.encode("z b")], [vocabulary.unknownId, ...vocabulary.encode("b")]);
    assert.equal(vocabulary.pieceBytes(vocabulary.unknownId).length, "<unk> ".length);
  });

  it("takes words that occur once for unknown where the text marks none, and does not claim to predict their bytes", () => {
    const vocabulary = trainWordVocabulary(["a b a", "c b"], { vocabularySize: 100 });
    assert.deepEqual([...vocabulary.encode("c z")], [vocabulary.unknownId, vocabulary.unknownId]);
    assert.equal(vocabulary.size, 2 + 1 + 2);
    assert.equal(vocabulary.pieceBytes(vocabulary.unknownId).length, 0);
    assert.equal(vocabulary.pieceBytes(vocabulary.startId).length, 0);
  });

  it("comes back from what it says of itself, whether the text marked unknown words or not", () => {
    for (const lines of [
      ["a b a", "c b"],
      ["a b <unk>", "a"],
    ]) {
      const vocabulary = trainWordVocabulary(lines, { vocabularySize: 100 });
      const again = restoreAnyVocabulary(JSON.parse(JSON.stringify(vocabulary.serialize())));
      assert.equal(again.size, vocabulary.size);
      for (let id = 0; id < vocabulary.size; id++) {
        assert.deepEqual(again.pieceBytes(id), vocabulary.pieceBytes(id));
        assert.equal(again.decode([id]), vocabulary.decode([id]));
      }
      assert.deepEqual(again.encode("a z b"), vocabulary.encode("a z b"));
    }
  });

  for (const words of [null, ["a", "a"], ["a b"], [""], [1], [" a"]]) {
    it(`does not come back from ${JSON.stringify(words)}`, () => {
      assert.throws(
        () => restoreAnyVocabulary({ kind: "word", words }),
        (error) => error instanceof LmError && error.code === "checkpointCorrupt",
      );
    });
  }

  it("keeps the most frequent words where it is full", () => {
    const vocabulary = trainWordVocabulary(["x x x y y y y w w"], { vocabularySize: 5 });
    assert.equal(vocabulary.size, 5);
    assert.equal(vocabulary.decode(vocabulary.encode("x y w")), "x y <unk>");
  });
});
