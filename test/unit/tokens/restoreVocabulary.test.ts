import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { restoreVocabulary } from "../../../src/tokens/restoreVocabulary.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";

const TEXT = "while (größe > 0) größe -= schritt;\n漢字漢字\n".repeat(4);
const bpe = trainBpe([TEXT], { vocabularySize: 290 });
const char = trainCharVocabulary([TEXT]);

interface LooseVocabulary {
  kind: unknown;
  pieces: unknown[];
  merges: unknown[];
}

/** The data of a vocabulary after a trip through JSON, spoilt by `spoil`. */
function spoilt(vocabulary: { serialize(): object }, spoil: (data: LooseVocabulary) => void): unknown {
  const data = JSON.parse(JSON.stringify(vocabulary.serialize())) as LooseVocabulary;
  spoil(data);
  return data;
}

function checkCorrupt(data: unknown): void {
  assert.throws(
    () => restoreVocabulary(data),
    (error) => error instanceof LmError && error.code === "checkpointCorrupt",
    `accepted ${String(data)}`,
  );
}

describe("restoreVocabulary", () => {
  for (const vocabulary of [bpe, char]) {
    it(`makes an equal ${vocabulary.kind} vocabulary from its data`, () => {
      const restored = restoreVocabulary(JSON.parse(JSON.stringify(vocabulary.serialize())));
      assert.deepEqual(restored.serialize(), vocabulary.serialize());
      assert.equal(restored.size, vocabulary.size);
      for (const text of [TEXT, "unseen: éß😀\ud83d\n\t"]) {
        assert.deepEqual(restored.encode(text), vocabulary.encode(text));
        assert.equal(restored.decode(restored.encode(text)), vocabulary.decode(vocabulary.encode(text)));
      }
    });
  }

  it("refuses what is no vocabulary at all", () => {
    for (const data of [null, undefined, 3, "bpe", [], {}, { kind: "bpe" }, { kind: "word", pieces: [], merges: [] }]) {
      checkCorrupt(data);
    }
    checkCorrupt({ kind: "bpe", pieces: [], merges: [] });
    checkCorrupt({ kind: "char", pieces: [], merges: [] });
  });

  it("refuses pieces that are malformed, doubled or out of place", () => {
    for (const vocabulary of [bpe, char]) {
      checkCorrupt(spoilt(vocabulary, (data) => data.pieces.reverse()));
      checkCorrupt(spoilt(vocabulary, (data) => data.pieces.push(data.pieces.at(-1))));
      for (const piece of [
        null,
        {},
        { text: "" },
        { text: "\ud83d" },
        { text: 3 },
        { byte: 256 },
        { byte: 65.5 },
        { mark: "x" },
      ]) {
        checkCorrupt(spoilt(vocabulary, (data) => data.pieces.push(piece)));
      }
      checkCorrupt(spoilt(vocabulary, (data) => data.pieces.push({ byte: 200 })));
      checkCorrupt(spoilt(vocabulary, (data) => data.pieces.push({ mark: "unknown" })));
    }
    checkCorrupt(spoilt(char, (data) => data.pieces.push({ text: "ab" })));
  });

  it("refuses a BPE vocabulary without a byte, so that every text can be encoded", () => {
    checkCorrupt(spoilt(bpe, (data) => data.pieces.splice(200, 1)));
  });

  it("refuses merges that do not fit the pieces", () => {
    for (const merge of [null, [1], [0, 1], [5, 100_000], [-1, 5], [5.5, 6], ["a", "b"], [5, 6, 7]]) {
      checkCorrupt(spoilt(bpe, (data) => data.merges.push(merge)));
    }
    checkCorrupt(spoilt(bpe, (data) => data.merges.push(data.merges[0])));
    checkCorrupt(spoilt(bpe, (data) => data.merges.pop()));
    checkCorrupt(spoilt(char, (data) => data.merges.push([3, 4])));
  });
});
