import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../../src/base/rng.ts";
import type { LaneBatch } from "../../../../../src/batches/laneBatches.ts";
import { initialWeights } from "../../../../../src/models/neural/initialWeights.ts";
import type { NeuralKernels } from "../../../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { RecurrentNetwork } from "../../../../../src/models/neural/recurrentNetwork.ts";
import { Trainer } from "../../../../../src/training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../../../src/training/trainingSettings.ts";
import { autogradKernels } from "../../../../support/autogradKernels.ts";
import { type SharedTraining, useSharedTraining } from "../../../../support/sharedTraining.ts";
import {
  type LossAndGradients,
  assertAgreement,
  largestDifference,
  lossAndGradients,
  MATCHING_SPEC,
  randomWindow,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../../../../support/tinyNetwork.ts";

const specs = [
  { what: "two small layers", spec: TINY_SPEC, windowTokens: 8, laneCount: 3 },
  { what: "two small layers, matches read", spec: MATCHING_SPEC, windowTokens: 8, laneCount: 3 },
  { what: "a window of fewer tokens than the vocabulary", spec: TINY_SPEC, windowTokens: 2, laneCount: 2 },
  {
    what: "lanes that do not go into the threads",
    spec: { ...TINY_SPEC, vocabularySize: 303, hiddenSize: 40, layerCount: 1 },
    windowTokens: 16,
    laneCount: 13,
  },
  { what: "odd sizes", spec: { ...TINY_SPEC, hiddenSize: 149, layerCount: 2 }, windowTokens: 5, laneCount: 11 },
];

const random = <R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> =>
  tf.randomNormal<R>(shape, 0, 1, "float32", seed);

/** What tfjs derives, by what it is derived of: the same for all modules. */
const derived = new Map<string, LossAndGradients>();

for (const file of ["trainer.wasm", "trainer-relaxed.wasm"] as const) {
  for (const partCount of [1, 2, 3]) {
    describe(`${file} in ${partCount} parts`, function () {
      this.timeout(180_000);
      let training: SharedTraining;

      before(async () => {
        training = await useSharedTraining(file, partCount);
      });

      beforeEach(() => tf.setBackend("inkling-wasm"));

      afterEach(() => {
        assert.equal(training.backend.heap.blockCount, 0, "every block was given back");
      });

      after(usePlainBackend);

      for (const { what, spec, windowTokens, laneCount } of specs) {
        it(`gives the loss, gradients and state that tfjs derives by itself (${what})`, async () => {
          const window = {
            ...randomWindow(windowTokens, laneCount, 1),
            resets: [
              [1, 0],
              [1, 1],
            ] as const,
          };
          const weights = tinyWeights(spec);
          const actual = lossAndGradients(weights, training.kernels, { window, spec });
          await tf.setBackend("cpu");
          const expected = derived.get(what) ?? lossAndGradients(weights, autogradKernels, { window, spec });
          derived.set(what, expected);
          const off = Math.abs(actual.nats - expected.nats) / (windowTokens * laneCount);
          assert.ok(off < 1e-5, `${actual.nats} nats instead of ${expected.nats}`);
          assertAgreement(actual, expected, { gradients: 1e-5, state: 1e-5 });
        });
      }

      /** What both backends make of the same function; they agree within 1e-5. */
      async function checkAgreement(make: (kernels: NeuralKernels) => tf.Tensor[]): Promise<void> {
        const values = (kernels: NeuralKernels): Float32Array[] => {
          let read: Float32Array[] = [];
          tf.tidy(() => {
            read = make(kernels).map((tensor) => tensor.dataSync<"float32">().slice());
          });
          return read;
        };
        const actual = values(training.kernels);
        await tf.setBackend("cpu");
        const expected = values(portableKernels);
        for (const [index, array] of expected.entries()) {
          const difference = largestDifference(actual[index] ?? [], array);
          assert.ok(difference < 1e-5, `result ${index} differs by ${difference}`);
        }
      }

      it("weighs each row's loss, and leaves out those that do not count", () =>
        checkAgreement((kernels) => {
          const weights = tf.tensor1d(Array.from({ length: 37 }, (_, row) => [1, 0, 0.5][row % 3]!));
          const targets = tf.tensor1d(
            Array.from({ length: 37 }, (_, row) => (row * 7) % 50),
            "int32",
          );
          const { value, grads } = tf.valueAndGrads((...args) => {
            const [rows, embedding, bias] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
            return tf.mul(kernels.softmaxLoss({ rows, embedding, bias, targets, weights }), 3);
          })([random([37, 10], 1), random([50, 10], 2), random([50], 3)]);
          return [value, ...grads];
        }));

      it("has the cross-entropy of every row, and its gradient, with large logits too", () =>
        checkAgreement((kernels) => {
          const logits = tf.mul<tf.Tensor2D>(random([35, 1027], 4), 30);
          const targets = tf.tensor1d(
            Array.from({ length: 35 }, (_, row) => (row * 31) % 1027),
            "int32",
          );
          const { value, grad } = tf.valueAndGrad((x) => kernels.crossEntropy({ logits: x as tf.Tensor2D, targets }))(
            logits,
            random<tf.Rank.R1>([35], 5),
          );
          return [value, grad];
        }));

      for (const isTransposed of [false, true]) {
        it(`multiplies${isTransposed ? " by a transposed matrix" : ""} and adds a bias, with gradients`, () =>
          checkAgreement((kernels) => {
            const { value, grads } = tf.valueAndGrads((...args) => {
              const [x, kernel, bias] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
              return kernels.affine({ x, kernel, isTransposed, bias });
            })(
              [random([97, 270], 6), random(isTransposed ? [131, 270] : [270, 131], 7), random([131], 8)],
              random<tf.Rank.R2>([97, 131], 9),
            );
            return [value, ...grads];
          }));
      }

      it("updates as Adam does, and sums squares", () =>
        checkAgreement((kernels) => {
          const [parameter, m, gradient] = [random([150, 301], 10), random([150, 301], 11), random([150, 301], 12)];
          const v = tf.square(random([150, 301], 13));
          const numbers = { gradientScale: 0.5, rate: 1e-2, kept: 0.99, beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
          const next = kernels.adam({ parameter, m, v, gradient, ...numbers });
          return [next.parameter, next.m, next.v, kernels.sumOfSquares(parameter as tf.Tensor2D)];
        }));

      it("computes with tensors of any shapes as plain JavaScript does", () =>
        checkAgreement(() => {
          const [x, row, column] = [random([7, 30, 90], 14), random([1, 30, 90], 15), random([7, 1, 1], 16)];
          const [a, b] = [random([5, 3, 40, 50], 17), random([5, 3, 50, 60], 18)];
          const ids = tf.tensor1d([2, 3, 4], "int32");
          return [
            ...[tf.add, tf.sub, tf.mul, tf.div].flatMap((op) => [
              op(x, tf.add(tf.square(x), 1)),
              op(x, row),
              op(row, x),
              op(x, column),
              op(x, 3),
              op(tf.scalar(3), tf.add(tf.square(row), 1)),
              op(random([30, 1], 19), random([7, 1, 90], 20)),
              op(random([1, 1, 1, 1], 21), tf.scalar(2)),
              op(ids, ids),
            ]),
            tf.matMul(a, b),
            tf.matMul(tf.transpose(a, [0, 1, 3, 2]), tf.transpose(b, [0, 1, 3, 2]), true, true),
            tf.matMul(a, random([50, 6], 22)),
            tf.matMul(random([300, 200], 23), random([300, 70], 24), true),
            tf.sigmoid(tf.mul(x, 5)),
            tf.tanh(tf.mul(x, 5)),
            tf.slice(x, [1, 2, 3], [4, 5, 6]),
            tf.slice(random([9], 25), 3, 4),
            tf.slice(ids, 1, 1),
            ...tf.split(x, 3, 1),
            ...tf.split(x, [80, 10], 2),
            ...tf.unstack(random([3, 4], 26)),
            tf.transpose(x),
            tf.transpose(x, [1, 0, 2]),
            tf.sum(x),
            tf.sum(x, [0, 2]),
            tf.sum(x, 0),
            tf.sum(x, -1, true),
            tf.sum(ids),
            tf.mean(x, 1),
          ];
        }));

      it("keeps slices of tensors that are gone", () => {
        tf.tidy(() => {
          const whole = tf.mul(tf.ones([6, 4]), 3);
          const part = tf.slice(whole, [2, 0], [2, 4]);
          whole.dispose();
          const next = tf.mul(tf.ones([6, 4]), 5);
          assert.deepEqual([...part.dataSync()], new Array(8).fill(3));
          assert.equal(next.dataSync()[0], 5);
        });
      });

      it("comes through not-a-number as such, so that a run can stop", () => {
        const nats = tf.tidy(() => {
          const targets = tf.tensor1d([1, 2], "int32");
          const weights = tf.ones<tf.Rank.R1>([2]);
          const rows = tf.tensor2d([0, 1, Number.NaN, 2], [2, 2]);
          const embedding = tf.ones<tf.Rank.R2>([3, 2]);
          const bias = tf.zeros<tf.Rank.R1>([3]);
          return training.kernels.softmaxLoss({ rows, embedding, bias, targets, weights }).dataSync()[0];
        });
        assert.ok(Number.isNaN(nats));
      });

      it("refuses ids that a table does not have", () => {
        tf.tidy(() => {
          const ids = tf.tensor1d([0, 3], "int32");
          assert.throws(() => training.kernels.lookUp(tf.zeros([3, 4]), ids), RangeError);
        });
      });

      it("trains as the plain backend does, within 1e-3 at every step, with dropout and resets", async () => {
        const actual = train(training.kernels).nats;
        await tf.setBackend("cpu");
        const expected = train(portableKernels).nats;
        assert.ok(expected.at(-1)! < 0.7 * expected[0]!, "something was learnt");
        for (const [step, nats] of expected.entries()) {
          assert.ok(Math.abs(actual[step]! - nats) < 1e-3, `${actual[step]} nats at step ${step}, not ${nats}`);
        }
      });

      it("takes no more memory the longer it trains, and leaves no tensor behind", () => {
        const { numTensors } = tf.memory();
        const { bytes, tensors } = train(training.kernels, () => training.backend.heap.memory.buffer.byteLength);
        assert.equal(bytes.at(-1), bytes[10]);
        assert.equal(new Set(tensors.slice(2)).size, 1);
        assert.equal(tf.memory().numTensors, numTensors);
      });
    });
  }
}

/** Sixty steps on text that repeats itself; nats a token, bytes and tensors after each. */
function train(kernels: NeuralKernels, bytesNow = () => 0) {
  const spec = { cell: "lstm", hiddenSize: 20, layerCount: 2, vocabularySize: 23 } as const;
  const settings = { ...DEFAULT_TRAINING_SETTINGS, laneCount: 5, windowTokens: 9 };
  const network = new RecurrentNetwork(spec, initialWeights(spec, createRng(1)), kernels);
  const trainer = new Trainer(network, settings);
  const rng = createRng(2);
  const result = { nats: [] as number[], bytes: [] as number[], tensors: [] as number[] };
  for (let step = 0; step < 60; step++) {
    const { nats, targetCount } = trainer.step(batchOf(rng.nextInt(23)), {
      learningRate: 1e-2,
      dropoutRate: step % 2 === 0 ? 0 : 0.2,
      seed: step,
    });
    result.nats.push(nats / targetCount);
    result.bytes.push(bytesNow());
    result.tensors.push(tf.memory().numTensors);
  }
  trainer.dispose();
  network.dispose();
  return result;
}

function batchOf(first: number): LaneBatch {
  const [laneCount, windowTokens] = [5, 9];
  const tokens = Int32Array.from({ length: laneCount * windowTokens + 1 }, (_, index) => (first + index * 5) % 23);
  const resets = new Uint8Array(laneCount * windowTokens);
  resets[first] = 1;
  return {
    laneCount,
    windowTokens,
    inputs: tokens.slice(0, -1),
    targets: tokens.slice(1),
    weights: new Float32Array(laneCount * windowTokens).fill(1),
    resets,
  };
}
