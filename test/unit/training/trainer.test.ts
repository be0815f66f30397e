import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import type { LaneBatch } from "../../../src/batches/laneBatches.ts";
import type { NeuralKernels } from "../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { RecurrentNetwork } from "../../../src/models/neural/recurrentNetwork.ts";
import { type StepPhase, StepTimes } from "../../../src/training/stepTimes.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { LARGEST_SCALE, overflowingKernels } from "../../support/halfKernels.ts";
import { TINY_SPEC, tinyWeights, usePlainBackend } from "../../support/tinyNetwork.ts";

const laneCount = 2;
const windowTokens = 6;
const plain = { dropoutRate: 0, seed: 1 };
const settings = { ...DEFAULT_TRAINING_SETTINGS, laneCount, windowTokens, clipNorm: 1 };

function randomBatch(seed: number): LaneBatch {
  const rng = createRng(seed);
  const ids = (): Int32Array =>
    Int32Array.from({ length: laneCount * windowTokens }, () => rng.nextInt(TINY_SPEC.vocabularySize));
  const resets = new Uint8Array(laneCount * windowTokens);
  resets[0] = resets[windowTokens] = 1;
  return {
    inputs: ids(),
    targets: ids(),
    weights: new Float32Array(laneCount * windowTokens).fill(1),
    resets,
    laneCount,
    windowTokens,
  };
}

function openTrainer(kernels: NeuralKernels = portableKernels): {
  network: RecurrentNetwork;
  trainer: Trainer;
  dispose: () => void;
} {
  const network = new RecurrentNetwork(TINY_SPEC, tinyWeights(), kernels);
  const trainer = new Trainer(network, settings);
  return {
    network,
    trainer,
    dispose: () => {
      trainer.dispose();
      network.dispose();
    },
  };
}

describe("Trainer", () => {
  before(usePlainBackend);

  it("learns one batch by heart", () => {
    const { trainer, dispose } = openTrainer();
    const batch = randomBatch(1);
    let perplexity = Number.POSITIVE_INFINITY;
    for (let step = 0; step < 400; step++) {
      const { nats, targetCount } = trainer.step(batch, { ...plain, learningRate: 2e-2 });
      perplexity = Math.exp(nats / targetCount);
    }
    dispose();
    assert.ok(perplexity < 1.1, `perplexity ${perplexity} after 400 steps`);
  }).timeout(60_000);

  it("tells what each part of a step takes, and takes the same step", () => {
    const entered: string[] = [];
    const clock = new ManualTime();
    class Noted extends StepTimes {
      public override enter(phase: StepPhase): void {
        entered.push(phase);
        super.enter(phase);
      }
    }
    const network = new RecurrentNetwork(TINY_SPEC, tinyWeights(), portableKernels);
    const timed = new Trainer(network, settings, { times: new Noted({ clock, processorMs: () => 0 }) });
    const untimed = openTrainer();
    const options = { ...plain, learningRate: 1e-2 };
    assert.deepEqual(timed.step(randomBatch(1), options), untimed.trainer.step(randomBatch(1), options));
    assert.deepEqual(entered, ["input", "forward", "backward", "update", "host"]);
    timed.dispose();
    network.dispose();
    untimed.dispose();
  });

  it("counts only targets of weight 1, in the loss and in the gradient", () => {
    const batch = randomBatch(2);
    batch.weights.fill(0, windowTokens / 2, windowTokens);
    const other = { ...batch, targets: batch.targets.slice() };
    other.targets.fill(0, windowTokens / 2, windowTokens);
    const reports = [batch, other].map((each) => {
      const { trainer, network, dispose } = openTrainer();
      const report = trainer.step(each, { ...plain, learningRate: 1e-2 });
      const weights = network.readWeights();
      dispose();
      return { report, weights };
    });
    assert.equal(reports[0]?.report.targetCount, windowTokens * 1.5);
    assert.deepEqual(reports[0].report, reports[1]?.report);
    assert.deepEqual(reports[0].weights, reports[1]?.weights);
  });

  it("goes on from a snapshot exactly as it would have gone on", () => {
    const batches = [1, 2, 3, 4]
      .map(randomBatch)
      .map((batch, index) => (index === 0 ? batch : { ...batch, resets: new Uint8Array(batch.resets.length) }));
    const whole = openTrainer();
    const wholeLosses = batches.map((batch) => whole.trainer.step(batch, { ...plain, learningRate: 1e-2 }).nats);
    const first = openTrainer();
    batches.slice(0, 2).forEach((batch) => first.trainer.step(batch, { ...plain, learningRate: 1e-2 }));
    const second = openTrainer();
    second.network.assignWeights(first.network.readWeights());
    second.trainer.restore(first.trainer.snapshot());
    const losses = batches.slice(2).map((batch) => second.trainer.step(batch, { ...plain, learningRate: 1e-2 }).nats);
    assert.deepEqual(losses, wholeLosses.slice(2));
    [whole, first, second].forEach(({ dispose }) => {
      dispose();
    });
  });

  it("takes a step whose gradient overflows in float16 again with less scale, and leaves nothing of the others", () => {
    const kernels = overflowingKernels();
    const half = openTrainer(kernels);
    const whole = openTrainer();
    half.trainer.step(randomBatch(1), { ...plain, learningRate: 1e-3 });
    whole.trainer.step(randomBatch(1), { ...plain, learningRate: 1e-3 });
    assert.ok(kernels.lossScale.value < LARGEST_SCALE);
    const before = tf.memory().numTensors;
    while (kernels.lossScale.value < LARGEST_SCALE) {
      kernels.lossScale.noteSound();
    }
    const options = { ...plain, learningRate: 1e-3 };
    const [report, expected] = [half, whole].map(({ trainer }) => trainer.step(randomBatch(2), options));
    assert.ok(report?.isFinite === true && expected !== undefined);
    assert.ok(Math.abs(report.nats - expected.nats) < 0.05 * expected.nats);
    assert.ok(Math.abs(report.clipping.normBefore / expected.clipping.normBefore - 1) < 0.02);
    assert.ok(kernels.lossScale.value < LARGEST_SCALE);
    assert.equal(tf.memory().numTensors, before);
    half.dispose();
    whole.dispose();
  });

  it("changes nothing where the loss is not finite, and says so", () => {
    const { network, trainer, dispose } = openTrainer();
    const weights = new Map(network.readWeights());
    weights.set("softmax/bias", new Float32Array(TINY_SPEC.vocabularySize).fill(Number.NaN));
    network.assignWeights(weights);
    const report = trainer.step(randomBatch(1), { ...plain, learningRate: 1e-2 });
    assert.equal(report.isFinite, false);
    assert.deepEqual(network.readWeights().get("embedding"), weights.get("embedding"));
    dispose();
  });

  it("drops the same units at every time step, as the seed says, and none at rate 0", () => {
    const nats = [
      { dropoutRate: 0, seed: 1 },
      { dropoutRate: 0, seed: 2 },
      { dropoutRate: 0.5, seed: 1 },
      { dropoutRate: 0.5, seed: 1 },
      { dropoutRate: 0.5, seed: 2 },
    ].map((options) => {
      const { trainer, dispose } = openTrainer();
      const report = trainer.step(randomBatch(1), { ...options, learningRate: 1e-2 });
      dispose();
      return report.nats;
    });
    assert.equal(nats[0], nats[1]);
    assert.equal(nats[2], nats[3]);
    assert.notEqual(nats[0], nats[2]);
    assert.notEqual(nats[2], nats[4]);
  });

  it("keeps the number of tensors constant from step to step", () => {
    const before = tf.memory().numTensors;
    const { trainer, dispose } = openTrainer();
    trainer.step(randomBatch(1), { ...plain, learningRate: 1e-2 });
    const after = tf.memory().numTensors;
    for (let step = 0; step < 20; step++) {
      trainer.step(randomBatch(step), { ...plain, learningRate: 1e-2 });
    }
    assert.equal(tf.memory().numTensors, after);
    dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
