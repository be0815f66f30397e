import assert from "node:assert/strict";
import { createRng } from "../../../../../src/base/rng.ts";
import { PredictionStream } from "../../../../../src/batches/predictionStream.ts";
import { RingLanes } from "../../../../../src/batches/ringLanes.ts";
import { NetworkReader, writeSample } from "../../../../../src/engine/comparison/writeSample.ts";
import { encodeDocuments } from "../../../../../src/batches/tokenStream.ts";
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

/** What follows "ells" here depends on the letter before it, so that a model has to remember five to write it. */
const SENTENCE = "she sells sea shells";
/** Written without an error behind START, to its end, and begun again. */
const GOLDEN = `${SENTENCE}\n${SENTENCE.slice(0, 13)}`;

const SIZES = { embeddingSize: 16, hiddenSize: 24, contextTokens: 5 } as const;
/** All of them need at most 200. */
const MOST_STEPS = 300;
const LOOK_STEPS = 10;

interface GoldenRun {
  readonly spec: FamilySpec;
  readonly learningRate: number;
}

/** All models, and one with all that regularises an AWD-LSTM, which learn in smaller steps what the rest learns in larger ones. */
const RUNS: readonly (readonly [string, GoldenRun])[] = [
  ...FAMILY_CASES.map(([title, spec]): readonly [string, GoldenRun] => {
    const isSlow = spec.kind === "retention" || spec.kind === "peepholeLstm";
    const layerCount = isSlow ? 1 : spec.layerCount;
    const embeddingSize = spec.isResidual ? SIZES.hiddenSize : SIZES.embeddingSize;
    const learningRate = spec.kind === "retention" ? 2e-2 : 4e-2;
    return [title, { spec: { ...spec, ...SIZES, embeddingSize, layerCount }, learningRate }];
  }),
  ["an AWD-LSTM", { spec: { ...TINY_AWD, ...SIZES, hiddenSize: 32, layerCount: 1 }, learningRate: 2e-2 }],
];

/** What a model writes greedily once it has learnt one sentence by heart, or at last. */
function writeWhenLearnt({ spec: tiny, learningRate }: GoldenRun): string {
  const documents = Array.from({ length: 4 }, () => SENTENCE);
  const vocabulary = trainCharVocabulary(documents);
  const spec = { ...tiny, vocabularySize: vocabulary.size };
  const model = new FamilyModel(spec, familyWeights(spec, createRng(1)), portableKernels);
  const lanes = new RingLanes(new PredictionStream(encodeDocuments(documents, vocabulary)), { laneCount: 2, seed: 1 });
  const trainer = new Trainer(model, { ...DEFAULT_TRAINING_SETTINGS, laneCount: 2, weightDecay: 0 });
  let text = "";
  for (let step = 1; step <= MOST_STEPS && text !== GOLDEN; step++) {
    trainer.step(lanes.next(SENTENCE.length + 1), { learningRate, dropoutRate: 0, seed: step });
    if (step % LOOK_STEPS === 0) {
      const reader = new NetworkReader(model, { vocabulary, firstToken: vocabulary.startId, isContinuous: false });
      text = writeSample(reader, { vocabulary, lengthTokens: GOLDEN.length, rng: createRng(1), temperature: 0 });
    }
  }
  trainer.dispose();
  model.dispose();
  return text;
}

describe("Greedy text of the family", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [title, run] of RUNS) {
    it(`is the sentence that was learnt (${title})`, () => {
      assert.equal(writeWhenLearnt(run), GOLDEN);
    });
  }
});
