import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import type { Passage } from "../../../../src/models/counting/passage.ts";
import { comparePassages } from "../../../../src/models/counting/passage.ts";
import { cutSections, readLines } from "../../../../src/predictor/counting/cutSections.ts";
import { DocumentSections, type TextStretch } from "../../../../src/predictor/counting/documentSections.ts";
import { trainBpe } from "../../../../src/tokens/trainBpe.ts";
import { sourceText } from "./sourceText.ts";

const rng = createRng(3);
const vocabulary = trainBpe([sourceText(500)], { vocabularySize: 400 });
const lastBoundary = (text: string): number => vocabulary.lastBoundary(text);

function cut(text: string, previous?: DocumentSections, isRedacted = true): DocumentSections {
  return DocumentSections.cut(text, { vocabulary, isRedacted, previous });
}

/** What is counted, as text; leads in brackets. */
function counted(passages: readonly Passage[]): string {
  return passages.map(({ tokens, leadCount }) => vocabulary.decode(tokens.subarray(leadCount))).join("");
}

function lineOf(text: string, line: number): TextStretch {
  const start = text.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  const newline = text.indexOf("\n", start);
  return { start, end: newline < 0 ? text.length : newline + 1 };
}

describe("Sections of a document", () => {
  it("are of 1.5 to 8 kB, end at line ends and are the whole text", () => {
    const text = sourceText(3000);
    const ends = cutSections(readLines(text), lastBoundary);
    assert.equal(ends.at(-1), text.length);
    for (const [index, end] of ends.slice(0, -1).entries()) {
      const length = end - (ends[index - 1] ?? 0);
      // The distance is that of the beginnings of their last lines, which are of up to 60 characters.
      assert.ok(length >= 1440 && length <= 8000, `${length} characters`);
      assert.equal(text[end - 1], "\n");
    }
  });

  it("cut a giant line where no piece crosses, and an empty text into one", () => {
    const giant = `${"let x = 12345; ".repeat(4000)}\nend\n`;
    const ends = cutSections(readLines(giant), lastBoundary);
    assert.ok(ends.every((end, index) => end - (ends[index - 1] ?? 0) <= 8000));
    const pieces = ends.map((end, index) => [...vocabulary.encode(giant.slice(ends[index - 1] ?? 0, end))]);
    assert.deepEqual(pieces.flat(), [...vocabulary.encode(giant)]);
    assert.deepEqual(cutSections(readLines(""), lastBoundary), [0]);
  });

  it("are cut at the same lines whether these were read anew or after an edit", () => {
    let lines = readLines(sourceText(900));
    for (let round = 0; round < 200; round++) {
      const { text } = lines;
      const from = rng.nextInt(text.length + 1);
      const added = ["", "x", "\n", "\nx", sourceText(1), sourceText(300), text.slice(-rng.nextInt(9000))][
        rng.nextInt(7)
      ]!;
      const removedCount = [0, 0, 1, 50, 9000][rng.nextInt(5)]!;
      const edited = text.slice(0, from) + added + text.slice(from + removedCount);
      lines = readLines(edited, lines);
      assert.deepEqual(lines, readLines(edited), `round ${round}`);
    }
    assert.deepEqual(readLines("a\nb", readLines("")), readLines("a\nb"));
    assert.deepEqual(readLines("", readLines("a\nb")), readLines(""));
  });

  it("stay as they are where nothing was changed near them", () => {
    for (let round = 0; round < 20; round++) {
      const text = sourceText(2000);
      const before = cut(text);
      const at = lineOf(text, rng.nextInt(2000)).start;
      const edited = text.slice(0, at) + sourceText(1 + rng.nextInt(3)) + text.slice(at);
      const { gone, added } = comparePassages(before.passages(null), cut(edited, before).passages(null));
      assert.ok(gone.length <= 5 && added.length <= 5, `${gone.length} gone, ${added.length} added`);
    }
  });

  it("are the tokens of the document in order, END last, each with what stands before as its lead", () => {
    const text = sourceText(700);
    const passages = cut(text).passages(null);
    const tokens = passages.flatMap(({ tokens: all, leadCount }) => [...all.subarray(leadCount)]);
    assert.deepEqual(tokens, [...vocabulary.encode(text), vocabulary.endId]);
    assert.deepEqual(
      passages.map(({ isDocumentStart }) => isDocumentStart),
      passages.map((_, index) => index === 0),
    );
    let read: number[] = [];
    for (const { tokens: all, leadCount, isDocumentStart } of passages) {
      assert.equal(leadCount, isDocumentStart ? 0 : 16);
      assert.deepEqual([...all.subarray(0, leadCount)], read.slice(read.length - leadCount));
      read = [...read, ...all.subarray(leadCount)];
    }
  });

  it("are the same whether a document is cut anew or after an edit", () => {
    let text = sourceText(400);
    let sections = cut(text);
    for (let round = 0; round < 60; round++) {
      const from = rng.nextInt(text.length);
      text =
        text.slice(0, from) + sourceText(rng.nextInt(3)) + text.slice(Math.min(text.length, from + rng.nextInt(200)));
      sections = cut(text, sections);
      const hole = rng.nextInt(2) === 0 ? null : lineOf(text, rng.nextInt(text.split("\n").length));
      assert.deepEqual(sections.passages(hole), cut(text).passages(hole));
    }
  });

  it("leave out the line that is being written, and nothing knows what stood before it", () => {
    const text = sourceText(300);
    for (const line of [0, 1, 150, 298, 299, 300]) {
      const hole = lineOf(text, line);
      const passages = cut(text).passages(hole);
      assert.equal(counted(passages), text.slice(0, hole.start) + text.slice(hole.end), `line ${line}`);
      let offset = 0;
      for (const { tokens, leadCount, isDocumentStart } of passages) {
        if (offset >= hole.start && offset === hole.start && hole.end > hole.start) {
          assert.deepEqual([leadCount, isDocumentStart], [0, false], "behind the hole");
          break;
        }
        offset += vocabulary.decode(tokens.subarray(leadCount)).length;
      }
    }
  });

  it("do not say that a document ends where its last line is being written", () => {
    for (const text of ["one\ntwo\n", "one\ntwo", ""]) {
      const last = text.split("\n").length - 1;
      const tokens = (hole: TextStretch | null): number[] =>
        cut(text)
          .passages(hole)
          .flatMap((passage) => [...passage.tokens]);
      assert.ok(!tokens(lineOf(text, last)).includes(vocabulary.endId), JSON.stringify(text));
      assert.ok(tokens(null).includes(vocabulary.endId));
    }
  });

  it("leave out lines with secrets, also those typed a moment ago", () => {
    const secret = `const token = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5";\n`;
    const text = sourceText(200);
    const at = lineOf(text, 100).start;
    const plain = cut(text, undefined, false);
    const edited = cut(text.slice(0, at) + secret + text.slice(at), plain, false);
    assert.equal(counted(edited.passages(null)), text);
    const removed = cut(text, edited, false);
    assert.deepEqual(removed.passages(null), plain.passages(null));
  });

  it("leave out a document that is full of secrets", () => {
    const lines = Array.from(
      { length: 20 },
      (_, n) => `token_${n} = "ghp_${n}${"aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5".slice(String(n).length)}"\n`,
    );
    assert.deepEqual(cut(lines.join(""), undefined, false).passages(null), []);
  });
});
