import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { RecurrentDecoder } from "../../src/models/neural/recurrentDecoder.ts";
import { disposeState, RecurrentNetwork } from "../../src/models/neural/recurrentNetwork.ts";
import { createNativeKernels } from "../../src/models/neural/nativeKernels.ts";
import { createTokenWindow } from "../../src/models/neural/tokenWindow.ts";
import { createTensorflowKernels } from "../../src/models/neural/tensorflowKernels.ts";
import type { TensorflowOps } from "../../src/models/neural/tensorflowOps.ts";
import { requireTensorflow, restoreRemovedUtilities } from "../support/loadAddon.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../support/tinyFamily.ts";
import {
  largestDifference,
  lossAndGradients,
  randomWindow,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../support/tinyNetwork.ts";

const makers: readonly (readonly [string, (ops: TensorflowOps) => NeuralKernels])[] = [
  ["Our own ops", (ops) => createNativeKernels(ops, { usesBfloat16: false })],
  ["Our own ops with TensorFlow's products", (ops) => createNativeKernels(ops, { usesBfloat16: true })],
  ["TensorFlow's own ops", createTensorflowKernels],
];

/** A process has one TensorFlow. */
let loaded: Promise<TensorflowOps> | undefined;

function loadOps(): Promise<TensorflowOps> {
  loaded ??= (async () => {
    restoreRemovedUtilities();
    const { loadTensorflow } = await import("../../src/engine/tensorflowBackend.ts");
    const { addonPath } = await requireTensorflow();
    return (await loadTensorflow(addonPath)).ops;
  })();
  return loaded;
}

for (const [title, create] of makers) {
  describe(title, function () {
    this.timeout(120_000);
    let tensorflowKernels: NeuralKernels;

    before(async () => {
      tensorflowKernels = create(await loadOps());
    });

    after(usePlainBackend);

    const specs = [
      { what: "two small layers", spec: TINY_SPEC, windowTokens: 8, laneCount: 3 },
      {
        what: "a layer of ordinary width",
        spec: { ...TINY_SPEC, hiddenSize: 128, layerCount: 1 },
        windowTokens: 32,
        laneCount: 8,
      },
      { what: "a window of fewer tokens than the vocabulary", spec: TINY_SPEC, windowTokens: 2, laneCount: 2 },
      {
        what: "more rows and pieces than are computed together",
        spec: { ...TINY_SPEC, vocabularySize: 1501, hiddenSize: 64, layerCount: 1 },
        windowTokens: 40,
        laneCount: 13,
      },
      { what: "odd sizes", spec: { ...TINY_SPEC, hiddenSize: 301, layerCount: 3 }, windowTokens: 11, laneCount: 13 },
    ];

    for (const { what, spec, windowTokens, laneCount } of specs) {
      it(`agree with the portable ones on loss and gradients within 1e-4 (${what})`, async () => {
        const window = {
          ...randomWindow(windowTokens, laneCount, 1),
          resets: [
            [1, 0],
            [1, 1],
          ] as const,
        };
        const weights = tinyWeights(spec);
        await tf.setBackend("tensorflow");
        const actual = lossAndGradients(weights, tensorflowKernels, { window, spec });
        await tf.setBackend("cpu");
        const expected = lossAndGradients(weights, portableKernels, { window, spec });
        assert.ok(
          Math.abs(actual.nats - expected.nats) / (windowTokens * laneCount) < 1e-4,
          `${actual.nats} nats instead of ${expected.nats}`,
        );
        for (const [name, gradient] of expected.gradients) {
          const difference = largestDifference(actual.gradients.get(name) ?? [], gradient);
          assert.ok(difference < 1e-4, `${name} differs by ${difference}`);
        }
        for (const [layer, [h, c]] of expected.state.entries()) {
          assert.ok(largestDifference(actual.state[layer]?.[0] ?? [], h) < 1e-4);
          assert.ok(largestDifference(actual.state[layer]?.[1] ?? [], c) < 1e-4);
        }
      });
    }

    for (const kind of ["rnn", "gru"] as const) {
      it(`agree with the portable ones on windows of a ${kind}, with tokens and vectors read, cleared lanes and odd sizes`, async () => {
        const spec = { ...TINY, kind, hiddenSize: 37 };
        const sizes = { windowTokens: 9, laneCount: 13 };
        const resets = [
          [2, 0],
          [12, 4],
        ] as const;
        const batches = [5, 6].map((seed) => tinyBatch({ ...sizes, seed, resets }));
        const weights = tinyFamilyWeights(spec);
        await tf.setBackend("tensorflow");
        const actual = familyLoss(spec, weights, { batches, kernels: tensorflowKernels });
        await tf.setBackend("cpu");
        const expected = familyLoss(spec, weights, { batches });
        assert.ok(largestDifference(actual.losses, expected.losses) < 1e-3);
        for (const [name, gradient] of expected.gradients) {
          const difference = largestDifference(actual.gradients.get(name) ?? [], gradient);
          assert.ok(difference < 1e-4, `${name} differs by ${difference}`);
        }
        for (const [name, values] of expected.state) {
          assert.ok(largestDifference(actual.state.get(name) ?? [], values) < 1e-4, name);
        }
      });
    }

    it("give logits that the predictor's decoder gives too, within 1e-4", async () => {
      await tf.setBackend("tensorflow");
      const spec = { ...TINY_SPEC, vocabularySize: 40, hiddenSize: 64 };
      const weights = tinyWeights(spec);
      const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
      const network = new RecurrentNetwork(spec, weights, tensorflowKernels);
      const state = network.zeroState(1);
      const expected = tf.tidy(() => {
        const keep = tf.ones<tf.Rank.R2>([tokens.length, 1]);
        const window = { windowTokens: tokens.length, laneCount: 1, keep, hasResets: tokens.map(() => false) };
        const output = network.forward({ tokens: createTokenWindow(Int32Array.from(tokens)), window }, state);
        disposeState(output.state);
        return tf.logSoftmax(network.logits(output.rows)).arraySync();
      });
      disposeState(state);
      network.dispose();
      const decoder = RecurrentDecoder.fromWeights(spec, weights);
      const actual = new Float32Array(spec.vocabularySize);
      let decoded = decoder.initialState();
      for (const [t, token] of tokens.entries()) {
        decoded = decoder.advance(decoded, token);
        decoder.logProbabilities(decoded, actual);
        const difference = Math.max(
          ...actual.map((value, index) => Math.abs(value - (expected[t]?.[index] ?? Number.NaN))),
        );
        assert.ok(difference < 1e-4, `after ${t + 1} tokens the logits differ by ${difference}`);
      }
    });

    it("weigh each row's loss, and leave out those that do not count", async () => {
      const random = (shape: [number, number], seed: number): tf.Tensor2D =>
        tf.randomNormal<tf.Rank.R2>(shape, 0, 1, "float32", seed);
      const weights = Array.from({ length: 30 }, (_, row) => [1, 0, 0.5][row % 3] as number);
      const measure = async (backend: string, kernels: NeuralKernels) => {
        await tf.setBackend(backend);
        return tf.tidy(() => {
          const targets = tf.tensor1d(
            weights.map((_, row) => (row * 7) % 50),
            "int32",
          );
          const { value, grads } = tf.valueAndGrads((...args) => {
            const [rows, embedding, bias] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
            return tf.mul(kernels.softmaxLoss({ rows, embedding, bias, targets, weights: tf.tensor1d(weights) }), 3);
          })([random([30, 20], 1), random([50, 20], 2), tf.linspace(-1, 1, 50)]);
          return [value, ...grads].map((one) => one.dataSync<"float32">().slice());
        });
      };
      const actual = await measure("tensorflow", tensorflowKernels);
      const expected = await measure("cpu", portableKernels);
      for (const [index, values] of expected.entries()) {
        const difference = largestDifference(actual[index] ?? [], values);
        assert.ok(difference < 1e-5, `result ${index} differs by ${difference}`);
      }
    });

    it("leave no tensor behind", async () => {
      await tf.setBackend("tensorflow");
      const before = tf.memory().numTensors;
      lossAndGradients(tinyWeights(), tensorflowKernels, { window: { ...randomWindow(5, 3, 6), resets: [[2, 1]] } });
      assert.equal(tf.memory().numTensors, before);
    });
  });
}
