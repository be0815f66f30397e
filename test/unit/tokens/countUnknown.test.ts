import assert from "node:assert/strict";
import { countUnknown } from "../../../src/tokens/countUnknown.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { trainWordVocabulary } from "../../../src/tokens/wordVocabulary.ts";

const TEXT = "one two two one";

describe("Unknown tokens", () => {
  for (const [title, vocabulary, text, count] of [
    ["characters that were never seen", trainCharVocabulary([TEXT]), "one ÄÖ", 2],
    ["words that were never seen", trainWordVocabulary([TEXT], { vocabularySize: 10 }), "one three four", 2],
    [
      "no words where the text marks unknown ones itself",
      trainWordVocabulary(["one <unk>"], { vocabularySize: 10 }),
      "two <unk>",
      0,
    ],
    ["no bytes", trainBpe([TEXT], { vocabularySize: 260, signal: new AbortController().signal }), "ÄÖ", 0],
  ] as const) {
    it(`are ${title}`, () => {
      const tokens = vocabulary.encode(text);
      assert.equal(countUnknown(tokens, vocabulary), count);
      assert.equal(countUnknown(Uint16Array.from(tokens), vocabulary), count);
    });
  }
});
