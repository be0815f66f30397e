import assert from "node:assert/strict";
import fc from "fast-check";
import { BpeVocabulary } from "../../../src/tokens/bpeVocabulary.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { trickyText, withoutLoneSurrogates } from "./trickyText.ts";

const CODE = `class Größe extends HTTPServer {\n    getElementById(漢字) {\n        return this.größe_x === 123;\n    }\n}\n`;
const vocabulary = trainBpe([CODE.repeat(5), "x".repeat(40), "😀😀😀 — Straße"], { vocabularySize: 400 });
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), trickyText);

describe("The BPE vocabulary", () => {
  it("gives every well-formed text back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(vocabulary.decode(vocabulary.encode(text)), withoutLoneSurrogates(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives pieces whose bytes, put together, are those of the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = [...vocabulary.encode(text)].flatMap((id) => [...vocabulary.pieceBytes(id)]);
        assert.deepEqual(bytes, [...encodeUtf8(text)]);
      }),
    );
  });

  it("gives the same ids when its cache is warm as when it was cold", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (texts) => {
        const cold = new BpeVocabulary(vocabulary.serialize());
        for (const text of texts) {
          assert.deepEqual(vocabulary.encode(text), cold.encode(text));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("keeps apart the chunks that share a place in its cache", () => {
    // More than five chunks a place, and each the beginning of many others.
    const words = Array.from({ length: 1 << 15 }, (_, n) =>
      (n + 2).toString(2).replaceAll("0", "a").replaceAll("1", "b"),
    );
    const text = words.join("\n");
    assert.equal(vocabulary.decode(vocabulary.encode(text)), text);
    assert.equal(vocabulary.decode(vocabulary.encode(text)), text);
  });

  it("has a last boundary at which a text can be cut and encoded in two, whatever is appended", () => {
    fc.assert(
      fc.property(trickyText, trickyText, (text, continuation) => {
        const boundary = vocabulary.lastBoundary(text);
        const whole = [...vocabulary.encode(text + continuation)];
        const before = [...vocabulary.encode(text.slice(0, boundary))];
        const after = [...vocabulary.encode((text + continuation).slice(boundary))];
        assert.deepEqual([...before, ...after], whole);
      }),
      { numRuns: 5000 },
    );
  });

  it("makes nothing of marks, and a replacement character of unfinished bytes", () => {
    const lead = vocabulary.encode("é")[0]!;
    assert.equal(vocabulary.pieceBytes(lead)[0], 0xc3);
    const a = vocabulary.encode("a")[0]!;
    assert.equal(vocabulary.decode([vocabulary.startId, a, vocabulary.endId]), "a");
    assert.equal(vocabulary.decode([a, lead, a, lead]), "a\ufffda\ufffd");
    assert.equal(vocabulary.pieceBytes(vocabulary.startId).length, 0);
    assert.equal(vocabulary.pieceBytes(vocabulary.endId).length, 0);
  });

  it("keeps the ids of the marks out of every text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = vocabulary.encode(text);
        assert.ok(!ids.includes(vocabulary.startId) && !ids.includes(vocabulary.endId));
      }),
    );
  });

  it("reads a lone surrogate as the replacement character", () => {
    assert.equal(vocabulary.decode(vocabulary.encode("a\ud83d b\ude00")), "a\ufffd b\ufffd");
  });

  it("says which id is none of its own", () => {
    assert.throws(() => vocabulary.pieceBytes(vocabulary.size), RangeError);
    assert.throws(() => vocabulary.pieceBytes(-1), RangeError);
  });

  it("encodes a line of a million characters", () => {
    const text = "ab c".repeat(250_000);
    assert.equal(vocabulary.decode(vocabulary.encode(text)), text);
  });
});
