import assert from "node:assert/strict";
import fc from "fast-check";
import { tokenEnds } from "../../../src/tokens/tokenEnds.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { trickyText } from "./trickyText.ts";

const TEXTS = ["let answer = 42; // the answer\n".repeat(8)];
const bpe = trainBpe(TEXTS, { vocabularySize: 280 });
const char = trainCharVocabulary(TEXTS);

describe("The ends of tokens", () => {
  it("cut a text into what its tokens stand for", () => {
    const text = "the answer";
    const ids = bpe.encode(text);
    const ends = tokenEnds(text, ids, bpe);
    const parts = [...ids].map((_, index) => text.slice(ends[index - 1] ?? 0, ends[index]));
    assert.deepEqual(
      parts,
      [...ids].map((id) => bpe.decode([id])),
    );
  });

  it("give a character of several tokens to the last of them, and nothing to END", () => {
    const ids = [...bpe.encode("ß="), bpe.endId];
    assert.deepEqual([...tokenEnds("ß=", ids, bpe)], [0, 1, 2, 2]);
  });

  it("count a character that is not known as one token", () => {
    assert.deepEqual([...tokenEnds("a😀t", char.encode("a😀t"), char)], [1, 3, 4]);
  });

  it("never go back and end with the text, whatever it holds", () => {
    fc.assert(
      fc.property(trickyText, fc.constantFrom(bpe, char), (text, vocabulary) => {
        const ends = [...tokenEnds(text, vocabulary.encode(text), vocabulary)];
        assert.ok(ends.every((end, index) => end >= (ends[index - 1] ?? 0)));
        assert.equal(ends.at(-1) ?? 0, text.length);
      }),
    );
  });
});
