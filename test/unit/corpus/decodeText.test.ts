import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, looksBinary, normalizeLineEnds } from "../../../src/corpus/decodeText.ts";

function utf16(text: string, order: "le" | "be", options: { readonly isMarked: boolean }): Uint8Array {
  const marked = (options.isMarked ? "\uFEFF" : "") + text;
  const bytes = Array.from({ length: marked.length }, (_, i) => {
    const unit = marked.charCodeAt(i);
    return order === "le" ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255];
  }).flat();
  return Uint8Array.from(bytes);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("decodeText", () => {
  const prose = "Ein Satz über Äpfel, kurz.\nUnd noch einer.\n";
  const rows: readonly {
    readonly title: string;
    readonly bytes: Uint8Array;
    readonly text: string | undefined;
    readonly encoding?: string;
  }[] = [
    { title: "reads plain ASCII", bytes: utf8("let a = 1;\n"), text: "let a = 1;\n", encoding: "utf8" },
    { title: "reads UTF-8", bytes: utf8(`${prose}漢字 🎉`), text: `${prose}漢字 🎉`, encoding: "utf8" },
    { title: "drops the mark of UTF-8", bytes: utf8(`\uFEFF${prose}`), text: prose, encoding: "utf8" },
    {
      title: "reads UTF-16 with a mark, low byte first",
      bytes: utf16(`${prose}漢字 🎉`, "le", { isMarked: true }),
      text: `${prose}漢字 🎉`,
      encoding: "utf16le",
    },
    {
      title: "reads UTF-16 with a mark, high byte first",
      bytes: utf16(`${prose}漢字 🎉`, "be", { isMarked: true }),
      text: `${prose}漢字 🎉`,
      encoding: "utf16be",
    },
    {
      title: "reads UTF-16 without a mark, low byte first",
      bytes: utf16(prose, "le", { isMarked: false }),
      text: prose,
      encoding: "utf16le",
    },
    {
      title: "reads UTF-16 without a mark, high byte first",
      bytes: utf16(prose, "be", { isMarked: false }),
      text: prose,
      encoding: "utf16be",
    },
    {
      title: "reads Cyrillic UTF-16 without a mark by its spaces and line ends",
      bytes: utf16("Всё смешалось в доме Облонских.\nЖена узнала.\n", "le", { isMarked: false }),
      text: "Всё смешалось в доме Облонских.\nЖена узнала.\n",
      encoding: "utf16le",
    },
    { title: "reads Latin-1 as a last resort", bytes: latin1(prose), text: prose, encoding: "windows1252" },
    {
      title: "reads the quotes and dashes of Windows-1252",
      bytes: Uint8Array.of(0x93, 0x68, 0x69, 0x94, 0x20, 0x96, 0x20, 0x80, 0x35, 0x20, 0xe9, 0x2e),
      text: "“hi” – €5 é.",
      encoding: "windows1252",
    },
    {
      title: "reads UTF-8 that is cut in the middle of a character as UTF-8",
      bytes: utf8("äöü äöü äöü €").subarray(0, -1),
      text: "äöü äöü äöü \uFFFD",
      encoding: "utf8",
    },
    { title: "turns all line ends into one kind", bytes: utf8("a\r\nb\rc\n\r\n"), text: "a\nb\nc\n\n" },
    {
      title: "keeps colour escapes and form feeds",
      bytes: utf8("a\u001b[1mb\f\n".repeat(4)),
      text: "a\u001b[1mb\f\n".repeat(4),
    },
    { title: "reads nothing as nothing", bytes: new Uint8Array(0), text: "" },
    { title: "refuses zero bytes on both sides", bytes: Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0), text: undefined },
    { title: "refuses a zero byte far from the beginning", bytes: utf8(`${"text\n".repeat(4000)}\0`), text: undefined },
    {
      title: "refuses control characters",
      bytes: Uint8Array.from({ length: 99 }, (_, i) => (i % 10 === 0 ? 3 : 65)),
      text: undefined,
    },
    { title: "refuses UTF-32", bytes: Uint8Array.of(0xff, 0xfe, 0, 0, 65, 0, 0, 0), text: undefined },
    {
      title: "refuses a PNG",
      bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13),
      text: undefined,
    },
  ];
  for (const { title, bytes, text, encoding } of rows) {
    it(title, () => {
      const decoded = decodeText(bytes);
      assert.equal(decoded.kind === "text" ? decoded.text : undefined, text);
      if (encoding !== undefined) {
        assert.equal(decoded.kind === "text" ? decoded.encoding : undefined, encoding);
      }
      assert.equal(looksBinary(bytes) && text !== undefined, false, "a text must not be refused by its head");
    });
  }

  it("refuses nearly all random bytes", () => {
    const isText = (seed: number): boolean => {
      const bytes = Uint8Array.from({ length: 400 }, (_, i) => (Math.imul(i + 1, seed) >>> 13) & 255);
      return decodeText(bytes).kind === "text";
    };
    assert.deepEqual(Array.from({ length: 200 }, (_, i) => 2_654_435_761 + 2 * i).filter(isText), []);
  });

  it("gives back any text without control characters, in UTF-8 and in UTF-16 with a mark", () => {
    const anyText = fc
      .string({ unit: "binary" })
      // eslint-disable-next-line no-control-regex -- control characters are what is left out
      .map((text) => text.replace(/[\u0000-\u0008\u000E-\u001F\u007F-\u009F]|^\uFEFF+/g, ""));
    fc.assert(
      fc.property(anyText, (text) => {
        for (const bytes of [
          utf8(`\uFEFF${text}`),
          utf16(text, "le", { isMarked: true }),
          utf16(text, "be", { isMarked: true }),
        ]) {
          assert.deepEqual(
            decodeText(bytes).kind === "text" && (decodeText(bytes) as { text: string }).text,
            normalizeLineEnds(text),
          );
        }
      }),
    );
  });

  it("never throws, and what it calls text has one kind of line end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeText(bytes);
        assert.ok(decoded.kind === "binary" || !decoded.text.includes("\r"));
      }),
      { numRuns: 500 },
    );
  });
});
