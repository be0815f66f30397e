import assert from "node:assert/strict";
import { fitDropout, fitLanes, fitRate, modelDefaults } from "../../../src/engine/modelDefaults.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";

describe("Sizes for a text", () => {
  const piecesOf = (textLength: number, tokenizer: "bpe" | "char" = "bpe"): number =>
    modelDefaults({ backend: "tensorflow", tokenizer, cell: "lstm", textLength }).vocabularySize;

  it("have twice as many pieces from four megabytes on", () => {
    assert.deepEqual(
      [0, 3_999_999, 4_000_000, 1e8].map((length) => piecesOf(length)),
      [1024, 1024, 2048, 2048],
    );
  });

  it("have as many characters for every text", () => {
    assert.equal(piecesOf(1e8, "char"), piecesOf(10, "char"));
  });
});

describe("Settings for a text", () => {
  it("have half the rate where it is long, and nothing else changed", () => {
    const spec = { hiddenSize: 256, layerCount: 1 };
    assert.deepEqual(fitRate(DEFAULT_TRAINING_SETTINGS, { spec, predictedTokens: 400_000 }), DEFAULT_TRAINING_SETTINGS);
    assert.deepEqual(fitRate(DEFAULT_TRAINING_SETTINGS, { spec, predictedTokens: 3_000_000 }), {
      ...DEFAULT_TRAINING_SETTINGS,
      learningRate: DEFAULT_TRAINING_SETTINGS.learningRate / 2,
    });
  });

  it("have a lower rate where layers are wide and lie upon each other", () => {
    const share = (layerCount: number, hiddenSize: number): number =>
      fitRate(DEFAULT_TRAINING_SETTINGS, { spec: { hiddenSize, layerCount }, predictedTokens: 1e5 }).learningRate /
      DEFAULT_TRAINING_SETTINGS.learningRate;
    assert.deepEqual(
      [share(1, 64), share(1, 768), share(1, 2048), share(2, 256), share(2, 512), share(4, 256)],
      [1, 1, 0.5, 1, 0.5, 0.5],
    );
  });

  it("have more dropout, and sooner, the shorter it is", () => {
    const dropout = (predictedTokens: number): readonly number[] => {
      const { maxDropout, dropoutPerPass } = fitDropout(DEFAULT_TRAINING_SETTINGS, predictedTokens);
      return [maxDropout, dropoutPerPass];
    };
    const { maxDropout, dropoutPerPass } = DEFAULT_TRAINING_SETTINGS;
    assert.deepEqual(dropout(5e7), [maxDropout, dropoutPerPass]);
    assert.deepEqual(dropout(5e5), [maxDropout, dropoutPerPass]);
    const [middle, steeper] = dropout(5e4 * Math.sqrt(10)) as [number, number];
    assert.ok(
      Math.abs(middle - (maxDropout + 0.75) / 2) < 1e-9 && Math.abs(steeper - (dropoutPerPass + 0.1) / 2) < 1e-9,
    );
    assert.deepEqual(dropout(100), [0.75, 0.1]);
  });

  it("have fewer lanes where it is short, and a few in any case", () => {
    const lanes = (predictedTokens: number): number => fitLanes(DEFAULT_TRAINING_SETTINGS, predictedTokens).laneCount;
    assert.equal(lanes(1e6), DEFAULT_TRAINING_SETTINGS.laneCount);
    assert.equal(lanes(64 * 12 * 20), 20);
    assert.equal(lanes(10), 8);
  });
});
