import assert from "node:assert/strict";
import fc from "fast-check";
import type { CorpusDocument } from "../../../src/corpus/corpus.ts";
import { type Split, splitDocuments, TAIL_SUFFIX } from "../../../src/corpus/splitDocuments.ts";

function documentAt(path: string, text: string): CorpusDocument {
  return { path, text, textBytes: new TextEncoder().encode(text).length, modifiedEpochMs: 0 };
}

function documentsOf(paths: readonly string[], bytes = 1_000): readonly CorpusDocument[] {
  return [...paths].sort().map((path) => documentAt(path, `${path}\n`.repeat(bytes / (path.length + 1))));
}

function apart(documents: readonly CorpusDocument[]): readonly number[] {
  return documents.map((_, index) => index);
}

function bytesOf(documents: readonly CorpusDocument[]): number {
  return documents.reduce((bytes, document) => bytes + document.textBytes, 0);
}

function shareOf({ training, validation }: Split): number {
  return bytesOf(validation) / (bytesOf(training) + bytesOf(validation));
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `src/f${String(i)}.ts`);

describe("splitDocuments", () => {
  it("holds out about the fraction asked for", () => {
    const documents = documentsOf(numbered(2_000));
    const share = shareOf(splitDocuments(documents, apart(documents), 0.1));
    assert.ok(share > 0.08 && share < 0.12, String(share));
  });

  it("moves no file to the other side when others come", () => {
    const few = documentsOf(numbered(500));
    const many = documentsOf([...numbered(500), ...numbered(900).map((path) => `more/${path}`)]);
    const before = new Set(splitDocuments(few, apart(few), 0.1).validation.map(({ path }) => path));
    const after = splitDocuments(many, apart(many), 0.1).validation.map(({ path }) => path);
    assert.deepEqual(new Set(after.filter((path) => !path.startsWith("more/"))), before);
  });

  it("keeps a group of duplicates on the side of its first path", () => {
    const documents = documentsOf(numbered(200));
    const alone = new Set(splitDocuments(documents, apart(documents), 0.2).validation.map(({ path }) => path));
    const groups = documents.map((_, index) => index - (index % 2));
    const { validation } = splitDocuments(documents, groups, 0.2);
    const expected = documents.filter((_, index) => alone.has(documents[index - (index % 2)]?.path ?? ""));
    assert.deepEqual(validation, expected);
  });

  it("leaves both sides something, within bounds, and loses no text, whatever the sizes and groups", () => {
    const anyDocuments = fc.array(
      fc.record({ lineCount: fc.integer({ min: 1, max: 200 }), group: fc.integer({ min: 0, max: 5 }) }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(anyDocuments, fc.constantFrom(0.05, 0.1, 0.3, 0.5), (items, fraction) => {
        const documents = items.map(({ lineCount }, i) =>
          documentAt(`w/f${String(i)}`, "some line of text\n".repeat(lineCount)),
        );
        const groups = items.map(({ group }) => items.findIndex((other) => other.group === group));
        const split = splitDocuments(documents, groups, fraction);
        assert.ok(bytesOf(split.training) > 0 && bytesOf(split.validation) > 0);
        assert.equal(bytesOf(split.training) + bytesOf(split.validation), bytesOf(documents));
        assert.ok(shareOf(split) <= Math.max(0.5, fraction * 1.5) + 1e-9);
        const paths = [...split.training, ...split.validation].map(({ path }) => path);
        assert.equal(new Set(paths).size, paths.length);
        assert.deepEqual(split, splitDocuments(documents, groups, fraction));
      }),
    );
  });

  it("holds out whole files where there are a few of about the same size", () => {
    for (let count = 4; count <= 12; count++) {
      const documents = documentsOf(numbered(count));
      const { validation } = splitDocuments(documents, apart(documents), 0.1);
      assert.ok(validation.length >= 1 && validation.length <= 3, `${String(validation.length)} of ${String(count)}`);
      assert.ok(validation.every(({ path }) => !path.endsWith(TAIL_SUFFIX)));
    }
  });

  describe("holds out the end", () => {
    it("of a single document, from a line's beginning", () => {
      const text = Array.from({ length: 100 }, (_, i) => `line ${String(i)}\n`).join("");
      const { training, validation } = splitDocuments([documentAt("w/a", text)], [0], 0.1);
      assert.deepEqual(
        training.map(({ path }) => path),
        ["w/a"],
      );
      assert.deepEqual(
        validation.map(({ path }) => path),
        ["w/a#end"],
      );
      assert.equal(validation[0]?.text.split("\n")[0], "line 90");
      assert.equal([...training, ...validation].map((document) => document.text).join(""), text);
      assert.deepEqual(
        validation.map((document) => document.textBytes),
        [80],
      );
    });

    it("of a document that outweighs all others", () => {
      const documents = [
        documentAt("w/a.bib", "one reference\n"),
        documentAt("w/b.tex", "a line of the book\n".repeat(999)),
      ];
      const { training, validation } = splitDocuments(documents, [0, 1], 0.1);
      assert.deepEqual(
        training.map(({ path }) => path),
        ["w/a.bib", "w/b.tex"],
      );
      assert.deepEqual(
        validation.map(({ path }) => path),
        ["w/b.tex#end"],
      );
    });

    it("of all duplicates, when there is nothing else", () => {
      const text = Array.from({ length: 100 }, (_, i) => `line ${String(i)}\n`).join("");
      const { training, validation } = splitDocuments([documentAt("w/a", text), documentAt("w/b", text)], [0, 0], 0.1);
      assert.deepEqual(
        validation.map(({ path }) => path),
        ["w/a#end", "w/b#end"],
      );
      assert.ok(training.every((document) => !document.text.includes("line 95")));
    });

    it("of a text without line ends, between two characters", () => {
      const { training, validation } = splitDocuments([documentAt("w/a", "🎉".repeat(11))], [0], 0.5);
      const texts = [training[0]?.text ?? "", validation[0]?.text ?? ""];
      assert.equal(texts.join(""), "🎉".repeat(11));
      assert.ok(texts.every((text) => /^(?:🎉)+$/u.test(text)));
    });
  });

  it("refuses a fraction that is none", () => {
    for (const fraction of [0, -1, 0.6, NaN]) {
      assert.throws(() => splitDocuments(documentsOf(["a", "b"]), [0, 1], fraction), RangeError);
    }
  });
});
