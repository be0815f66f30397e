import assert from "node:assert/strict";
import type { Corpus, CorpusDocument } from "../../../../src/corpus/corpus.ts";
import { splitDocuments } from "../../../../src/corpus/splitDocuments.ts";
import { splitCorpus } from "../../../../src/engine/family/splitCorpus.ts";
import type { RawText } from "../../../../src/engine/family/splitText.ts";

const PARTS = ["training", "validation", "test"] as const;

function documentsOf(texts: readonly string[]): readonly CorpusDocument[] {
  return texts.map((text, index) => ({
    path: `w/${String(index).padStart(3, "0")}.txt`,
    text,
    textBytes: text.length,
    modifiedEpochMs: 0,
  }));
}

/** What a workspace of these texts is split into, none of them like another. */
function split(texts: readonly string[]): RawText {
  const documents = documentsOf(texts);
  return splitCorpus(splitDocuments(documents, [...documents.keys()], 0.1));
}

/** Lines that occur once each. */
function lines(count: number, name: string): string {
  return Array.from({ length: count }, (_, index) => `line ${index} of ${name}\n`).join("");
}

function linesOf(raw: RawText): Readonly<Record<(typeof PARTS)[number], readonly string[]>> {
  const of = (part: (typeof PARTS)[number]): readonly string[] =>
    raw[part]
      .join("")
      .split("\n")
      .filter((line) => line !== "");
  return { training: of("training"), validation: of("validation"), test: of("test") };
}

describe("A folder split in three", () => {
  for (let fileCount = 1; fileCount <= 16; fileCount++) {
    it(`has text in each part and no line in two of them (${fileCount} files)`, () => {
      const texts = Array.from({ length: fileCount }, (_, index) => lines(300, `file ${index}`));
      const parts = linesOf(split(texts));
      const all = PARTS.flatMap((part) => parts[part]);
      assert.equal(new Set(all).size, all.length);
      assert.deepEqual([...all].sort(), texts.join("").trimEnd().split("\n").sort());
      const [validation, test] = [parts.validation.length, parts.test.length];
      assert.ok(
        Math.min(validation, test) >= 10 && parts.training.length > validation + test,
        `${validation}, ${test}`,
      );
    });
  }

  it("takes whole documents where there are two that are held out", () => {
    const held = documentsOf([lines(4, "a"), lines(6, "b"), lines(2, "c")]);
    const raw = splitCorpus({ training: documentsOf([lines(9, "d")]), validation: held });
    assert.deepEqual(raw.validation, [lines(4, "a"), lines(2, "c")]);
    assert.deepEqual(raw.test, [lines(6, "b")]);
  });

  it("cuts copies of one text at the same place", () => {
    const text = lines(10, "a");
    const { validation, test } = splitCorpus({ training: documentsOf(["x\n"]), validation: documentsOf([text, text]) });
    assert.deepEqual(validation, [text.slice(0, text.length / 2), text.slice(0, text.length / 2)]);
    assert.deepEqual(test, [text.slice(text.length / 2), text.slice(text.length / 2)]);
  });

  it("cuts between characters where a text is one line", () => {
    const raw = split(["abcdefghij".repeat(20)]);
    assert.deepEqual(
      PARTS.map((part) => raw[part].join("").length),
      [180, 10, 10],
    );
  });

  const tooShort: readonly (readonly [string, Pick<Corpus, "training" | "validation">])[] = [
    ["nothing is held out", { training: documentsOf(["text\n"]), validation: [] }],
    ["one character is held out", { training: documentsOf(["text\n"]), validation: documentsOf(["x\n\n\n"]) }],
    ["there is nothing to learn from", { training: documentsOf([" \n"]), validation: documentsOf(["a\n", "b\n"]) }],
  ];
  for (const [title, corpus] of tooShort) {
    it(`is refused where ${title}, with the other way`, () => {
      assert.throws(() => splitCorpus(corpus), /too short.*--train, --valid and --test/u);
    });
  }
});
