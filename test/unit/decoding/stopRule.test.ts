import assert from "node:assert/strict";
import type { Hypothesis } from "../../../src/decoding/beamSearch.ts";
import { continuationRest, shortened, toContinuation } from "../../../src/decoding/continuation.ts";
import { chooseEnds, expectedSaving } from "../../../src/decoding/stopRule.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";

describe("stop rule", () => {
  it("counts one key for accepting and one and a half for a wrong suggestion", () => {
    assert.equal(expectedSaving(1, 10), 9);
    assert.equal(expectedSaving(0, 10), -1.5);
    assert.equal(expectedSaving(0.5, 4), 0.5 * 3 - 0.75);
  });

  it("goes on only while the expectation grows", () => {
    // 0.9·(6 − 1) − 0.15 = 4.4 for `return`; 0.8·(12 − 1) − 0.3 = 8.5 for `return value`; 0.3·(17 − 1) − 1.05 = 3.8 with `.name`.
    const path = hypotheses([
      ["return", 0.9],
      ["return value", 0.8],
      ["return value.name", 0.3],
    ]);
    assert.deepEqual(texts(chooseEnds(path, 1)), ["return value"]);
  });

  it("ends where a piece or a word ends, not in its midst", () => {
    const path = hypotheses([["return", 0.9]]);
    assert.deepEqual(
      chooseEnds(path, 9).map(({ text }) => text),
      ["return"],
    );
    assert.deepEqual(chooseEnds([path[0]!, { ...path.at(-1)!, isPieceEnd: false }], 9), []);
  });

  it("ends at a word's end inside a piece when something else than a letter comes next", () => {
    const [, letter] = hypotheses([["x", 0.9]]);
    const masses = new Float64Array(256);
    masses[0x28] = 0.8;
    assert.deepEqual(texts(chooseEnds([{ ...letter!, isPieceEnd: false, nextMasses: masses }], 1)), ["x"]);
    masses[0x61] = 0.79;
    assert.deepEqual(texts(chooseEnds([{ ...letter!, isPieceEnd: false, nextMasses: masses }], 1)), []);
  });

  it("ends inside a word only where three keys are saved by then", () => {
    const masses = new Float64Array(256);
    masses[0x61] = 0.8;
    const ending = (text: string): string[] => {
      const path = hypotheses([[text, 0.9]]);
      return texts(chooseEnds([...path.slice(0, -1), { ...path.at(-1)!, nextMasses: masses }], 1));
    };
    assert.deepEqual(ending("r"), []);
    assert.deepEqual(ending("ret"), []);
    assert.deepEqual(ending("retu"), ["retu"]);
  });

  it("prefers a word's end to a surer end inside it that saves less", () => {
    const path = hypotheses([
      ["retu", 0.9],
      ["return", 0.8],
    ]);
    // 0.9·3 − 0.15 = 2.6 for the fragment, 0.8·5 − 0.3 = 3.7 for the word.
    assert.deepEqual(texts(chooseEnds(path, 1)), ["return"]);
  });

  it("gives alternatives none of which is the beginning of another", () => {
    const start = hypotheses([["", 1]])[0]!;
    const first = hypotheses([["foo(", 0.5], ["foo(bar)", 0.4]], start); // prettier-ignore
    const second = hypotheses([["quux", 0.3]], start);
    assert.deepEqual(texts(chooseEnds([start, ...first, ...second], 5)), ["foo(bar)", "quux"]);
  });

  it("knows the probability of every beginning, in UTF-16 units", () => {
    const path = hypotheses([
      ["é", 0.5],
      ["é😀", 0.25],
      ["é😀!", 0.125],
    ]);
    const continuation = toContinuation(path.at(-1)!);
    assert.equal(continuation.text, "é😀!");
    assert.deepEqual([...continuation.probabilities], [1, 0.5, 0.5, 0.25, 0.125]);
    assert.equal(shortened(continuation, 3).probability, 0.25);
    assert.deepEqual(continuationRest(continuation, 1).probability, 0.25);
    assert.equal(continuationRest(continuation, 1).text, "😀!");
  });
});

function texts(continuations: readonly { readonly text: string }[]): string[] {
  return continuations.map(({ text }) => text);
}

/** A chain of hypotheses, byte by byte; only the listed texts end a piece, and bytes between have the next one's probability. */
function hypotheses(ends: readonly (readonly [string, number])[], start?: Hypothesis): Hypothesis[] {
  const root: Hypothesis = start ?? {
    parent: undefined,
    byte: -1,
    byteLength: 0,
    probability: 1,
    isWholeCharacters: true,
    isPieceEnd: true,
    nextMasses: undefined,
  };
  const chain = start === undefined ? [root] : [];
  let parent = root;
  for (const [text, probability] of ends) {
    const bytes = encodeUtf8(text);
    for (let length = parent.byteLength + 1; length <= bytes.length; length++) {
      const isEnd = length === bytes.length;
      const byte = bytes[length - 1]!;
      parent = {
        parent,
        byte,
        byteLength: length,
        probability,
        isWholeCharacters: isEnd || byte < 0x80,
        isPieceEnd: isEnd,
        nextMasses: undefined,
      };
      chain.push(parent);
    }
  }
  return chain;
}
