import assert from "node:assert/strict";
import { planForText } from "../../../../src/engine/family/planForText.ts";
import { tokenizeText } from "../../../../src/engine/family/splitText.ts";

/** Lanes of a network for a text of so many characters. */
function lanes(characters: number, recipe: Readonly<Record<string, unknown>> = {}): number {
  const training = ["abcdefghi".repeat(characters).slice(0, characters - 1)];
  const text = tokenizeText(
    { isContinuous: true, training, validation: ["abc"], test: ["abc"] },
    { tokenizer: "char", vocabularySize: null, signal: new AbortController().signal },
  );
  return planForText("lstm", { settings: { spec: {}, recipe }, text }).recipe.laneCount;
}

describe("The plan of a network for a text", () => {
  it("has fewer lanes where the text is short, unless it is told how many", () => {
    assert.equal(lanes(100_000), 32);
    assert.equal(lanes(12 * 35 * 20), 20);
    assert.equal(lanes(1000), 8);
    assert.equal(lanes(5000, { laneCount: 30 }), 30);
  });

  it("refuses a text that does not fill a window of every lane", () => {
    assert.throws(
      () => lanes(200),
      /200 tokens, 25 for each of the 8 lanes of lstm, which is less than its window of 35/u,
    );
    assert.equal(lanes(200, { windowTokens: 20 }), 8);
  });
});
