import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "../../../../../src/base/rng.ts";
import { encodeDocuments } from "../../../../../src/batches/tokenStream.ts";
import { PredictionStream } from "../../../../../src/batches/predictionStream.ts";
import { RingLanes } from "../../../../../src/batches/ringLanes.ts";
import { NetworkReader, writeSample } from "../../../../../src/engine/comparison/writeSample.ts";
import { FamilyModel } from "../../../../../src/models/neural/family/familyModel.ts";
import type { FamilySpec } from "../../../../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../../../../src/models/neural/family/familyWeights.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { trainCharVocabulary } from "../../../../../src/tokens/trainCharVocabulary.ts";
import { Trainer } from "../../../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../../../src/training/trainingSettings.ts";
import { TINY_AWD } from "../../../../support/tinyAwd.ts";
import { FAMILY_CASES } from "../../../../support/tinyFamily.ts";
import { usePlainBackend } from "../../../../support/tinyNetwork.ts";

const GOLDENS = join(import.meta.dirname, "goldens/familyTexts.json");
const goldens = JSON.parse(readFileSync(GOLDENS, "utf8")) as Record<string, string>;
// eslint-disable-next-line no-restricted-properties -- the switch under which goldens change
const isUpdated = process.env["UPDATE_GOLDEN"] === "1";

const TEXT = "a rose is a rose is a rose\n".repeat(12);

interface GoldenRun {
  readonly spec: FamilySpec;
  readonly steps: number;
  readonly learningRate: number;
}

/** All models, and one with all that regularises an AWD-LSTM, wide enough to learn all the same. */
const RUNS: readonly (readonly [string, GoldenRun])[] = [
  ...FAMILY_CASES.map(([title, spec]): readonly [string, GoldenRun] => [
    title,
    { spec: { ...spec, embeddingSize: 8, hiddenSize: 8 }, steps: 100, learningRate: 4e-2 },
  ]),
  [
    "an AWD-LSTM",
    {
      spec: { ...TINY_AWD, layerCount: 2, embeddingSize: 16, hiddenSize: 24 },
      steps: 150,
      learningRate: 2e-2,
    },
  ],
];

/** What a model writes greedily after so many steps on one line over and over. */
function writeAfterTraining({ spec: tiny, steps, learningRate }: GoldenRun): string {
  const vocabulary = trainCharVocabulary([TEXT]);
  const spec = { ...tiny, vocabularySize: vocabulary.size };
  const model = new FamilyModel(spec, familyWeights(spec, createRng(1)), portableKernels);
  const lanes = new RingLanes(new PredictionStream(encodeDocuments([TEXT], vocabulary)), { laneCount: 2, seed: 1 });
  const trainer = new Trainer(model, { ...DEFAULT_TRAINING_SETTINGS, laneCount: 2, weightDecay: 0 });
  for (let step = 0; step < steps; step++) {
    trainer.step(lanes.next(12), { learningRate, dropoutRate: 0, seed: step });
  }
  const reader = new NetworkReader(model, { vocabulary, firstToken: vocabulary.startId, isContinuous: false });
  const text = writeSample(reader, { vocabulary, lengthTokens: 40, rng: createRng(1), temperature: 0 });
  trainer.dispose();
  model.dispose();
  return text;
}

describe("Greedy text of the family", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [title, run] of RUNS) {
    it(`is what it was (${title})`, () => {
      const text = writeAfterTraining(run);
      if (isUpdated) {
        goldens[title] = text;
        writeFileSync(GOLDENS, `${JSON.stringify(goldens, null, 2)}\n`);
      }
      assert.equal(text, goldens[title]);
    });
  }
});
