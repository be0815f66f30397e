import assert from "node:assert/strict";
import { PlainValueError } from "../../../src/base/plainValue.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import {
  readEvaluateFamilyJob,
  readSampleFamilyJob,
  readTrainFamilyJob,
} from "../../../src/protocol/familyValidators.ts";

const TRAIN = {
  folders: [{ path: "/w", name: "w" }],
  corpus: DEFAULT_CORPUS_SETTINGS,
  out: "/m",
  network: "mos",
  settings: { spec: { layerCount: 2 }, recipe: { learningRate: 0.01 } },
  tokenizer: "word",
  vocabularySize: null,
  budgetSeconds: 10,
  epochs: null,
  backend: "auto",
  seed: 1,
};
const SAMPLE = {
  model: "/m",
  prompt: "",
  lengthTokens: 5,
  temperature: 0.8,
  topK: null,
  topP: 1,
  seed: 1,
  beamWidth: null,
};
const EVALUATE = { model: "/m", paths: ["/a"], adaptations: ["neuralCache"] };

describe("Jobs of networks that only the engine can run", () => {
  it("are read as they are", () => {
    assert.deepEqual(readTrainFamilyJob(TRAIN), TRAIN);
    assert.deepEqual(readSampleFamilyJob(SAMPLE), SAMPLE);
    assert.deepEqual(readEvaluateFamilyJob(EVALUATE), EVALUATE);
  });

  for (const [what, read, job] of [
    ["no folder", readTrainFamilyJob, { ...TRAIN, folders: [] }],
    ["a tokenizer that does not exist", readTrainFamilyJob, { ...TRAIN, tokenizer: "syllable" }],
    ["settings of something else", readTrainFamilyJob, { ...TRAIN, settings: { spec: {}, optimizer: {} } }],
    ["a budget below 0", readTrainFamilyJob, { ...TRAIN, budgetSeconds: -1 }],
    ["a share above 1", readSampleFamilyJob, { ...SAMPLE, topP: 1.5 }],
    ["no share", readSampleFamilyJob, { ...SAMPLE, topP: 0 }],
    ["no candidate", readSampleFamilyJob, { ...SAMPLE, topK: 0 }],
    ["no beam", readSampleFamilyJob, { ...SAMPLE, beamWidth: 0 }],
    ["a temperature below 0", readSampleFamilyJob, { ...SAMPLE, temperature: -1 }],
    ["an adaptation that does not exist", readEvaluateFamilyJob, { ...EVALUATE, adaptations: ["bias"] }],
    ["no path", readEvaluateFamilyJob, { ...EVALUATE, paths: [] }],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => read(job), PlainValueError);
    });
  }
});
