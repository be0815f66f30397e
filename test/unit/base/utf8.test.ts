import assert from "node:assert/strict";
import fc from "fast-check";
import { codePointUtf8Length, decodeUtf8, encodeUtf8, scalarValueAt, utf8Length } from "../../../src/base/utf8.ts";

/** Any UTF-16 at all, lone surrogates included. */
const anyUtf16 = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const surrogateRich = fc.string({
  unit: fc.constantFrom("\ud83d", "\ude00", "\udbff", "\udfff", "a", "é", "一", "😀", "\uffff"),
});
const anyText = fc.oneof(anyUtf16, surrogateRich, fc.string({ unit: "binary" }));

describe("UTF-8", () => {
  it("encodes every string as the platform does, lone surrogates included", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(anyText, (text) => {
        assert.deepEqual([...encodeUtf8(text)], [...encoder.encode(text)]);
      }),
    );
  });

  it("decodes every byte sequence as the platform does, malformed ones included", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const nearUtf8 = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom(0x80, 0xbf, 0xc1, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xf0, 0x90, 0x8f, 0xf4, 0xf5),
      ),
    );
    fc.assert(
      fc.property(nearUtf8, (bytes) => {
        assert.equal(decodeUtf8(bytes), decoder.decode(Uint8Array.from(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it("knows the length of a text without encoding it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(utf8Length(text), encodeUtf8(text).length);
      }),
    );
  });

  it("knows the length of one code point", () => {
    for (const codePoint of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff]) {
      assert.equal(codePointUtf8Length(codePoint), new TextEncoder().encode(String.fromCodePoint(codePoint)).length);
    }
  });

  it("reads a lone surrogate as the replacement character", () => {
    assert.equal(scalarValueAt("\ud83d", 0), 0xfffd);
    assert.equal(scalarValueAt("\ude00a", 0), 0xfffd);
    assert.equal(scalarValueAt("\ud83d\ude00", 0), 0x1f600);
  });
});
