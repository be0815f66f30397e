import assert from "node:assert/strict";
import { planForText } from "../../../../src/engine/family/planForText.ts";
import { tokenizeText } from "../../../../src/engine/family/splitText.ts";

interface Sizes {
  readonly network?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly recipe?: Readonly<Record<string, unknown>>;
}

/** Lanes and windows of a network for a text of so many characters. */
function sizes(characters: number, { network = "lstm", spec = {}, recipe = {} }: Sizes = {}): readonly number[] {
  const training = ["abcdefghi".repeat(characters).slice(0, characters - 1)];
  const text = tokenizeText(
    { isContinuous: true, training, validation: ["abc"], test: ["abc"] },
    { tokenizer: "char", vocabularySize: null, signal: new AbortController().signal },
  );
  const { laneCount, windowTokens } = planForText(network, { settings: { spec, recipe }, text }).recipe;
  return [laneCount, windowTokens];
}

describe("The plan of a network for a text", () => {
  it("has fewer lanes where the text is short, unless it is told how many", () => {
    assert.deepEqual(sizes(100_000), [32, 35]);
    assert.deepEqual(sizes(12 * 35 * 20), [20, 35]);
    assert.deepEqual(sizes(1000), [8, 35]);
    assert.deepEqual(sizes(5000, { recipe: { laneCount: 30 } }), [30, 35]);
    assert.deepEqual(sizes(200, { recipe: { windowTokens: 20 } }), [8, 20]);
  });

  it("has as few lanes as a window of each needs, and a shorter window where one lane has none", () => {
    assert.deepEqual(sizes(200), [5, 35]);
    assert.deepEqual(sizes(78), [2, 35]);
    assert.deepEqual(sizes(69), [1, 35]);
    assert.deepEqual(sizes(20), [1, 20]);
    assert.deepEqual(sizes(20, { network: "awd-lstm" }), [1, 20]);
    assert.deepEqual(sizes(200, { recipe: { windowTokens: 150 } }), [1, 150]);
    assert.deepEqual(sizes(200, { network: "window", spec: { contextTokens: 90 } }), [2, 35]);
  });

  it("refuses a text that does not fill a window of every lane, and names what was asked for", () => {
    for (const [characters, changes, message] of [
      [
        200,
        { recipe: { laneCount: 8 } },
        /has 200 tokens, 25 for each of the 8 lanes of lstm.*window of 35; choose a smaller laneCount, or/u,
      ],
      [
        200,
        { recipe: { windowTokens: 300 } },
        /200 tokens, for the one lane of lstm, .* choose a smaller windowTokens, or/u,
      ],
      [
        200,
        { network: "window", spec: { contextTokens: 300 } },
        /window of 300; choose a smaller contextTokens, or give/u,
      ],
      [
        2,
        { network: "window" },
        /has 2 tokens, for the one lane of window, .* choose another network, or give more text/u,
      ],
    ] as const) {
      assert.throws(() => sizes(characters, changes), message);
    }
  });
});
