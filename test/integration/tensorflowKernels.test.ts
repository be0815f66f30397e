import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { createNetwork } from "../../src/models/neural/createNetwork.ts";
import { FamilyLanguageModel } from "../../src/models/neural/family/familyLanguageModel.ts";
import { CELL_KINDS, type NetworkSpec, type WeightMap } from "../../src/models/neural/networkSpec.ts";
import { quantizedWeights } from "../../src/models/neural/quantizedRows.ts";
import { RecurrentDecoder } from "../../src/models/neural/recurrentDecoder.ts";
import type { RecurrentKernel } from "../../src/models/neural/recurrentKernel.ts";
import { createNativeKernels } from "../../src/models/neural/nativeKernels.ts";
import { createScalarKernel } from "../../src/models/neural/scalarKernel.ts";
import { createTensorflowKernels } from "../../src/models/neural/tensorflowKernels.ts";
import type { TensorflowOps } from "../../src/models/neural/tensorflowOps.ts";
import { createWasmKernel } from "../../src/models/neural/wasmKernel.ts";
import type { DecoderFile } from "../../src/models/neural/wasmSupport.ts";
import { skipAloud } from "../skipAloud.ts";
import { compileSupportedDecoders } from "../support/decoderModules.ts";
import { loadTensorflowOnce } from "../support/loadAddon.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../support/tinyFamily.ts";
import {
  assertAgreement,
  largestDifference,
  lossAndGradients,
  MATCHING_SPEC,
  randomWindow,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../support/tinyNetwork.ts";

const makers: readonly (readonly [string, (ops: TensorflowOps) => NeuralKernels])[] = [
  ["Our own ops", (ops) => createNativeKernels(ops, { leavesProductsToTensorflow: false })],
  ["Our own ops with TensorFlow's products", (ops) => createNativeKernels(ops, { leavesProductsToTensorflow: true })],
  ["TensorFlow's own ops", createTensorflowKernels],
];

const DECODER_FILES = ["decoder.wasm", "decoder-relaxed.wasm"] as const satisfies readonly DecoderFile[];

/** Vectors are rounded too in products with weights of 8 bits. */
const INT8_TOLERANCE = 1e-3;

let compiled: ReturnType<typeof compileSupportedDecoders> | undefined;

function loadDecoders(): ReturnType<typeof compileSupportedDecoders> {
  compiled ??= compileSupportedDecoders();
  return compiled;
}

const READ_TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];

/** What TensorFlow expects after each of the tokens, float32 [V] each. */
function tensorflowLogProbabilities(
  spec: NetworkSpec,
  weights: WeightMap,
  kernels: NeuralKernels,
): readonly Float32Array[] {
  const network = createNetwork(spec, weights, kernels);
  const reader = new FamilyLanguageModel(network);
  let state = reader.initialState();
  const expected = READ_TOKENS.map((token) => {
    state = reader.advance(state, token);
    return state.logProbabilities;
  });
  network.dispose();
  return expected;
}

function checkDecoder(kernel: RecurrentKernel, expected: readonly Float32Array[], tolerance: number): void {
  const decoder = new RecurrentDecoder(kernel);
  const actual = new Float32Array(decoder.vocabularySize);
  let state = decoder.initialState();
  for (const [t, token] of READ_TOKENS.entries()) {
    state = decoder.advance(state, token);
    decoder.logProbabilities(state, actual);
    const difference = Math.max(...actual.map((value, n) => Math.abs(value - (expected[t]?.[n] ?? Number.NaN))));
    assert.ok(difference < tolerance, `after ${t + 1} tokens the logits differ by ${difference}`);
  }
}

for (const [title, create] of makers) {
  describe(title, function () {
    this.timeout(120_000);
    let tensorflowKernels: NeuralKernels;

    before(async () => {
      tensorflowKernels = create((await loadTensorflowOnce()).ops);
    });

    after(usePlainBackend);

    const specs = [
      { what: "one that reads matches", spec: MATCHING_SPEC, windowTokens: 24, laneCount: 3 },
      {
        what: "one of odd size that reads matches",
        spec: { ...MATCHING_SPEC, hiddenSize: 301 },
        windowTokens: 11,
        laneCount: 13,
      },
      { what: "one step of one lane, matches read", spec: MATCHING_SPEC, windowTokens: 1, laneCount: 1 },
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
        windowTokens: 41,
        laneCount: 13,
      },
      { what: "odd sizes", spec: { ...TINY_SPEC, hiddenSize: 301, layerCount: 3 }, windowTokens: 11, laneCount: 13 },
    ];

    for (const { what, spec, windowTokens, laneCount } of specs) {
      it(`agree with the portable ones on loss and gradients within 1e-4 (${what})`, async () => {
        const window = {
          ...randomWindow(windowTokens, laneCount, 1),
          resets: ([0, 1] as const)
            .filter((lane) => lane < laneCount && windowTokens > 1)
            .map((lane) => [1, lane] as const),
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
        assertAgreement(actual, expected, { gradients: 1e-4, state: 1e-4 });
      });
    }

    const windows = [
      { what: "odd sizes", hiddenSize: 37, windowTokens: 9, laneCount: 13 },
      { what: "fewer units than a register has", hiddenSize: 3, windowTokens: 5, laneCount: 2 },
      { what: "one step of one lane", hiddenSize: 6, windowTokens: 1, laneCount: 1 },
      { what: "more units than a block of a product", hiddenSize: 301, windowTokens: 3, laneCount: 5 },
    ];
    for (const { kind, what, hiddenSize, ...sizes } of (["rnn", "gru"] as const).flatMap((kind) =>
      windows.map((window) => ({ kind, ...window })),
    )) {
      it(`agree with the portable ones on windows of a ${kind}, tokens and vectors read, lanes cleared (${what})`, async () => {
        const spec = { ...TINY, kind, hiddenSize };
        const resets = [
          [sizes.laneCount - 1, sizes.windowTokens >> 1],
          [0, 0],
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

    it("agree with the portable ones on mixed softmaxes", async () => {
      const spec = { ...TINY, kind: "lstm", isTied: true, softmaxCount: 3, layerCount: 1 } as const;
      const batches = [tinyBatch({ windowTokens: 5, laneCount: 2, seed: 5 })];
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
    });

    for (const cell of CELL_KINDS) {
      const spec: NetworkSpec = { cell, vocabularySize: 40, hiddenSize: 64, layerCount: 2 };
      const weights = tinyWeights(spec);
      const rounded = quantizedWeights(spec, weights);
      for (const file of DECODER_FILES) {
        it(`give a ${cell} the logits that ${file} gives it, within 1e-4, and in 8 bits what its rounded weights give`, async function () {
          const module = (await loadDecoders()).get(file) ?? skipAloud(this, `this Node does not run ${file}`);
          await tf.setBackend("tensorflow");
          const exact = tensorflowLogProbabilities(spec, weights, tensorflowKernels);
          checkDecoder(createWasmKernel(module, spec, { weights, precision: "float32" }), exact, 1e-4);
          const expected = tensorflowLogProbabilities(spec, rounded, tensorflowKernels);
          checkDecoder(createWasmKernel(module, spec, { weights, precision: "int8" }), expected, INT8_TOLERANCE);
        });
      }

      it(`give a ${cell} the logits that the scalar decoder gives it, within 1e-4, with rounded weights too`, async () => {
        await tf.setBackend("tensorflow");
        for (const some of [weights, rounded]) {
          checkDecoder(createScalarKernel(spec, some), tensorflowLogProbabilities(spec, some, tensorflowKernels), 1e-4);
        }
      });
    }

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

    it("sum the squares of few and of many values, and tell of one that is no number", async () => {
      await tf.setBackend("tensorflow");
      const sumOf = (values: Float32Array): number =>
        tf.tidy(() => tensorflowKernels.sumOfSquares(tf.tensor1d(values)).dataSync()[0] ?? Number.NaN);
      for (const count of [1, 9, 1000, 100_003]) {
        const values = Float32Array.from({ length: count }, (_, index) => Math.sin(index + 1) * 3);
        const expected = values.reduce((sum, value) => sum + value * value, 0);
        assert.ok(Math.abs(sumOf(values) / expected - 1) < 1e-5, `${count} values`);
        values[count - 1] = Number.NaN;
        assert.ok(Number.isNaN(sumOf(values)), `${count} values, the last no number`);
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
