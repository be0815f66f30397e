import assert from "node:assert/strict";
import fc from "fast-check";
import { chunkEnd, lastChunkBoundary, MAX_CHUNK_UNITS } from "../../../src/tokens/chunkScanner.ts";
import { trickyText, withoutLoneSurrogates } from "./trickyText.ts";

function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = chunkEnd(text, start);
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
}

function checkChunks(expected: readonly string[]): void {
  assert.deepEqual(chunksOf(expected.join("")), expected);
}

/** `|` stands for the boundary. */
function checkBoundary(marked: string): void {
  const boundary = marked.indexOf("|");
  assert.equal(lastChunkBoundary(marked.replace("|", "")), boundary, JSON.stringify(marked));
}

describe("The chunk scanner", () => {
  it("cuts code at indentation, words, humps, numbers and punctuation", () => {
    checkChunks(["    ", "if", " (", "a", " ===", " b", ")", " {", "\n"]);
    checkChunks(["\t\t", "return", " get", "Element", "By", "Id", "('", "x", "');", "\n"]);
    checkChunks(["new", " HTTP", "Server", "();"]);
    checkChunks(["snake", "_case", "_name", " =", " a", "_", "\n"]);
    checkChunks(["def", " _", "_init", "__(", "self", "):"]);
    checkChunks(["x", " =", " 123", "456", "7", ".", "5"]);
  });

  it("keeps a newline alone, whatever is around it", () => {
    checkChunks([" ", "\n", "\n", "  ", "\n", "\t", "\n", "a"]);
  });

  it("lets only a single space lead what follows", () => {
    checkChunks(["a", " b", "  ", "c", "\t", "d", " \t", "e"]);
  });

  it("keeps scripts without spaces and signs apart from words", () => {
    checkChunks(["naïve", " —", " Straße", " 漢字かな", "。"]);
    checkChunks(["ok", " 😀😀"]);
    checkChunks(["──────", " Привет", "…"]);
  });

  it("bounds every chunk, and never cuts a surrogate pair in two", () => {
    const giant = ["x", " ", "=", "7", "漢", "😀", "é"].map((character) => character.repeat(1000));
    for (const chunk of chunksOf(giant.join(""))) {
      assert.ok(chunk.length <= MAX_CHUNK_UNITS, chunk);
      assert.equal(chunk, withoutLoneSurrogates(chunk), JSON.stringify(chunk));
    }
    for (const chunk of chunksOf(`漢${"😀".repeat(100)}`)) {
      assert.equal(chunk, withoutLoneSurrogates(chunk), JSON.stringify(chunk));
    }
  });

  it("finds the boundary that later text cannot undo", () => {
    checkBoundary("|");
    checkBoundary("const| x");
    checkBoundary("const| ");
    checkBoundary("|const");
    checkBoundary("a|\ud83d");
    checkBoundary("  foo(\n|");
    checkBoundary("  foo(\n|    ");
    checkBoundary("    |return");
    checkBoundary("a.get|Ele");
    checkBoundary("x = 123|");
    checkBoundary("x =| 12");
    checkBoundary(`${"=".repeat(16)}|`);
    checkBoundary(`|${"=".repeat(15)}_`);
    checkBoundary(`a|${" ".repeat(31)}`);
    checkBoundary(`a${" ".repeat(32)}|`);
  });

  it("gives for any text a boundary at which all chunks stay as they are, whatever follows", () => {
    fc.assert(
      fc.property(trickyText, trickyText, (text, continuation) => {
        const boundary = lastChunkBoundary(text);
        const before = chunksOf(text.slice(0, boundary));
        assert.deepEqual(chunksOf(text + continuation).slice(0, before.length), before);
        const after = chunksOf((text + continuation).slice(boundary));
        assert.deepEqual(chunksOf(text + continuation).slice(before.length), after);
      }),
      { numRuns: 5000 },
    );
  });

  it("gives the largest such boundary: each character behind it can be drawn into another chunk", () => {
    const continuations = ["a", "A", "Ab", "_a", "1", " ", "\t", "=", "漢", "\ude00", "\n", "", " a"];
    fc.assert(
      fc.property(trickyText, (text) => {
        const boundary = lastChunkBoundary(text);
        for (let later = boundary + 1; later <= text.length; later++) {
          const isUndone = continuations.some((continuation) => {
            const ends = chunkEnds(text + continuation);
            return !ends.has(later);
          });
          assert.ok(isUndone, `${JSON.stringify(text)} could be cut at ${later}, not only at ${boundary}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function chunkEnds(text: string): ReadonlySet<number> {
  const ends = new Set<number>();
  for (let start = 0; start < text.length;) {
    start = chunkEnd(text, start);
    ends.add(start);
  }
  return ends;
}
