import assert from "node:assert/strict";
import { tokenAtPlace } from "../../../src/decoding/tokenAtPlace.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";

const TEXT = "return value;\nreturn other;\n".repeat(20);

describe("The token at a place", () => {
  const vocabulary = trainBpe([TEXT], { vocabularySize: 300, signal: new AbortController().signal });

  function checkPlaces(text: string): void {
    const ids = vocabulary.encode(text);
    for (let offset = 0; offset <= text.length; offset++) {
      const { before, token } = tokenAtPlace(vocabulary, { typed: text.slice(0, offset), after: text.slice(offset) });
      assert.deepEqual([...before], [...ids.subarray(0, before.length)]);
      assert.ok(vocabulary.decode(before).length <= offset, `${text} at ${offset}`);
      if (offset === text.length) {
        assert.deepEqual([token, before.length], [vocabulary.endId, ids.length]);
      } else {
        assert.equal(token, ids[before.length]);
        assert.ok(vocabulary.decode(ids.subarray(0, before.length + 1)).length > offset, `${text} at ${offset}`);
      }
    }
  }

  for (const text of ["return value;\n", "return valued", "xyz", ""]) {
    it(`is the one of the text that its next character belongs to, everywhere in ${JSON.stringify(text)}`, () => {
      checkPlaces(text);
    });
  }

  it("is the first of a character in several tokens", () => {
    const { before, token } = tokenAtPlace(vocabulary, { typed: "a", after: "€b" });
    assert.equal(before.length, 1);
    assert.deepEqual([...vocabulary.pieceBytes(token)], [0xe2]);
    assert.equal(tokenAtPlace(vocabulary, { typed: "", after: "€b" }).token, token);
  });

  it("has the text of what the vocabulary does not know", () => {
    const characters = trainCharVocabulary([TEXT]);
    const { before, token, text } = tokenAtPlace(characters, { typed: "€", after: "€v" });
    assert.deepEqual([before.length, characters.pieceBytes(token).length, text], [1, 0, "€"]);
  });
});
