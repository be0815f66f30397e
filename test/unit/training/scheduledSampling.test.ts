import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../../../src/batches/laneBatches.ts";
import { FamilyModel } from "../../../src/models/neural/family/familyModel.ts";
import type { FamilySpec } from "../../../src/models/neural/family/familySpec.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { disposeCarried } from "../../../src/models/neural/trainableModel.ts";
import { DEFAULT_RECIPE, recipeFault } from "../../../src/training/recipe.ts";
import { ScheduledSampling } from "../../../src/training/scheduledSampling.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";
import { TINY, tinyBatch, tinyFamilyWeights } from "../../support/tinyFamily.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const SPEC: FamilySpec = { ...TINY, kind: "rnn", layerCount: 1 };
const LANES = 40;
const STEPS = 50;

/** A model that holds the tokens as likely as this wherever it is. */
function modelOf(shares: readonly number[]): FamilyModel {
  const weights = new Map(tinyFamilyWeights(SPEC));
  weights.set("softmax/kernel", new Float32Array((weights.get("softmax/kernel") as Float32Array).length));
  weights.set(
    "softmax/bias",
    Float32Array.from(shares, (share) => Math.log(Math.max(share, 1e-12))),
  );
  return new FamilyModel(SPEC, weights, portableKernels);
}

/** Every input is 1, so that what was replaced shows; lanes begin with START, and one has it in the middle. */
function onesBatch(): LaneBatch {
  const resets = Array.from({ length: LANES }, (_, lane) => [lane, 0] as const);
  const batch = tinyBatch({ windowTokens: STEPS, laneCount: LANES, seed: 1, resets: [...resets, [3, 20]] });
  batch.inputs.fill(1);
  batch.resets.forEach((isReset, cell) => (batch.inputs[cell] = isReset === 1 ? 0 : 1));
  return batch;
}

interface MixCall {
  readonly shares: readonly number[];
  readonly trueShare: number;
  readonly seed?: number;
  /** Windows that are mixed, one after the other. */
  readonly batches?: readonly LaneBatch[];
}

function mix({ shares, trueShare, seed = 1, batches = [onesBatch()] }: MixCall): readonly LaneBatch[] {
  const model = modelOf(shares);
  const sampling = new ScheduledSampling(model, trueShare);
  const state = model.initialState(LANES);
  const mixed = batches.map((batch, index) => sampling.mix(batch, { state, seed: seed + index }));
  disposeCarried(state);
  model.dispose();
  return mixed;
}

/** Four standard deviations of a share of n fair draws. */
function fourDeviations(rate: number, n: number): number {
  return 4 * Math.sqrt((rate * (1 - rate)) / n);
}

function shareOf(values: Int32Array, token: number): number {
  return values.filter((value) => value === token).length / values.length;
}

const SURE_OF_SEVEN = [0, 0, 0, 0, 0, 0, 0, 1, 0];

describe("Scheduled sampling", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const trueShare of [0, 0.25, 0.9]) {
    it(`leaves the share of true inputs that was asked for, and START always (${trueShare})`, () => {
      const batch = onesBatch();
      const [mixed] = mix({ shares: SURE_OF_SEVEN, trueShare, batches: [batch] });
      const { inputs, targets } = mixed as LaneBatch;
      const open = inputs.filter((_, cell) => batch.resets[cell] === 0);
      const wanted = fourDeviations(trueShare, open.length);
      assert.ok(Math.abs(shareOf(open, 1) - trueShare) <= wanted, `${shareOf(open, 1)} of ${trueShare}`);
      assert.ok(Math.abs(shareOf(open, 7) - (1 - trueShare)) <= wanted);
      assert.ok(inputs.every((token, cell) => batch.resets[cell] === 0 || token === 0));
      assert.deepEqual(targets, batch.targets);
    });
  }

  it("draws what it puts in as often as the model expects it", () => {
    const shares = [0, 0, 0.1, 0.6, 0, 0, 0.3, 0, 0];
    const batch = onesBatch();
    const [mixed] = mix({ shares, trueShare: 0, batches: [batch] });
    const drawn = (mixed as LaneBatch).inputs.filter((_, cell) => batch.resets[cell] === 0);
    shares.forEach((share, token) => {
      const difference = Math.abs(shareOf(drawn, token) - share);
      assert.ok(difference <= fourDeviations(share, drawn.length) + 1e-9, `${token}: off by ${difference}`);
    });
  });

  it("expects at each place what the true tokens before it make it expect", () => {
    // Tokens of the own kind follow each other surely: the model repeats what it reads.
    const model = new FamilyModel(SPEC, repeatingWeights(), portableKernels);
    const batch = tinyBatch({ windowTokens: 6, laneCount: 2, seed: 4, resets: [[0, 0]] });
    const state = model.initialState(2);
    const { inputs } = new ScheduledSampling(model, 0).mix(batch, { state, seed: 1 });
    disposeCarried(state);
    model.dispose();
    for (const lane of [0, 1]) {
      const [now, before] = [inputs, batch.inputs].map((ids) => ids.subarray(lane * 6, lane * 6 + 6));
      assert.deepEqual(now?.subarray(1), before?.subarray(0, -1));
      assert.equal(now?.[0], before?.[0], "nothing was read before");
    }
  });

  it("goes on across windows: the first input may be what it expected behind the last one", () => {
    const batch = onesBatch();
    const next = { ...batch, resets: new Uint8Array(batch.resets.length), inputs: batch.inputs.map(() => 1) };
    const [, second] = mix({ shares: SURE_OF_SEVEN, trueShare: 0, batches: [batch, next] });
    assert.ok((second as LaneBatch).inputs.every((token) => token === 7));
  });

  it("is the same for the same seed, and leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    const inputsOf = (seed: number): Int32Array | undefined =>
      mix({ shares: SURE_OF_SEVEN, trueShare: 0.5, seed })[0]?.inputs;
    assert.deepEqual(inputsOf(1), inputsOf(1));
    assert.notDeepEqual(inputsOf(1), inputsOf(2));
    assert.equal(tf.memory().numTensors, before);
  });

  it("changes what a step learns, and a share of 1 nothing", () => {
    const lossesOf = (teacherForcing: number | undefined): readonly number[] => {
      const model = new FamilyModel(SPEC, tinyFamilyWeights(SPEC), portableKernels);
      const settings = { ...DEFAULT_TRAINING_SETTINGS, laneCount: 2, windowTokens: 6, clipNorm: 1 };
      const trainer = new Trainer(model, settings, teacherForcing === undefined ? {} : { teacherForcing });
      const losses = [1, 2, 3].map((seed) => {
        const batch = tinyBatch({ windowTokens: 6, laneCount: 2, seed });
        return trainer.step(batch, { learningRate: 0.01, dropoutRate: 0, seed }).nats;
      });
      trainer.dispose();
      model.dispose();
      return losses;
    };
    assert.deepEqual(lossesOf(1), lossesOf(undefined));
    assert.notDeepEqual(lossesOf(0.5), lossesOf(1));
    assert.notDeepEqual(lossesOf(0.5), lossesOf(0));
  });

  it("is refused with a share that is none", () => {
    for (const teacherForcing of [-0.1, 1.1, Number.NaN]) {
      assert.match(recipeFault({ ...DEFAULT_RECIPE, teacherForcing }) ?? "", /teacherForcing is .*from 0 to 1/u);
    }
    assert.equal(recipeFault({ ...DEFAULT_RECIPE, teacherForcing: 0 }), null);
  });
});

/** Of a network that hands on what it reads: tokens are points on a circle, so that each is most like itself. */
function repeatingWeights(): ReadonlyMap<string, Float32Array> {
  const { vocabularySize: V, embeddingSize: E, hiddenSize: H } = SPEC;
  const weights = new Map(
    [...tinyFamilyWeights(SPEC)].map(([name, values]) => [name, new Float32Array(values.length)]),
  );
  for (let token = 0; token < V; token++) {
    const angle = (2 * Math.PI * token) / V;
    weights.get("embedding")?.set([Math.cos(angle), Math.sin(angle)], token * E);
    weights.get("softmax/kernel")?.set([2000 * Math.cos(angle), 2000 * Math.sin(angle)], token * H);
  }
  weights.get("rnn/0/inputKernel")?.set([0.1], 0);
  weights.get("rnn/0/inputKernel")?.set([0.1], H + 1);
  return weights;
}
