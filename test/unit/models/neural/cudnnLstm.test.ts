import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createCudnnLstm } from "../../../../src/models/neural/cudnnLstm.ts";
import { packCudnnParams, unpackCudnnGradient } from "../../../../src/models/neural/cudnnParams.ts";
import { float16Precision, float32Precision } from "../../../../src/models/neural/cudnnPrecision.ts";
import { LossScale } from "../../../../src/models/neural/lossScale.ts";
import { findCudnnFault } from "../../../../src/models/neural/findCudnnFault.ts";
import type { NeuralKernels } from "../../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../../src/models/neural/portableKernels.ts";
import type { TensorflowOps } from "../../../../src/models/neural/tensorflowOps.ts";
import { CudnnOps } from "../../../support/cudnnOps.ts";
import {
  assertAgreement,
  lossAndGradients,
  randomWindow,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../../../support/tinyNetwork.ts";

function lstmOf(ops: TensorflowOps, lossScale?: LossScale): NeuralKernels["lstmSequence"] {
  const precision = lossScale === undefined ? float32Precision : float16Precision(ops, lossScale);
  return createCudnnLstm({ ops, precision }, portableKernels);
}

function kernelsOf(ops: CudnnOps, lossScale?: LossScale): NeuralKernels {
  return { ...portableKernels, lstmSequence: lstmOf(ops, lossScale) };
}

describe("cuDNN's parameters", () => {
  before(usePlainBackend);

  it("lie block by block in the order i, f, g, o, a row for an output, the input's biases zero", () => {
    // I = 1, H = 2: column blocks i, g, f, o of two columns each.
    const inputKernel = tf.tensor2d([[1, 2, 3, 4, 5, 6, 7, 8]]);
    const recurrentKernel = tf.tensor2d([
      [11, 12, 13, 14, 15, 16, 17, 18],
      [21, 22, 23, 24, 25, 26, 27, 28],
    ]);
    const bias = tf.tensor1d([31, 32, 33, 34, 35, 36, 37, 38]);
    const packed = packCudnnParams({ inputKernel, recurrentKernel, bias });
    assert.deepEqual(
      [...packed.dataSync()],
      [
        ...[1, 2, 5, 6, 3, 4, 7, 8],
        ...[11, 21, 12, 22, 15, 25, 16, 26, 13, 23, 14, 24, 17, 27, 18, 28],
        ...[0, 0, 0, 0, 0, 0, 0, 0],
        ...[31, 32, 35, 36, 33, 34, 37, 38],
      ],
    );
    const unpacked = unpackCudnnGradient(packed, { inputSize: 1, hiddenSize: 2 });
    const expected = [inputKernel, recurrentKernel, bias];
    unpacked.forEach((tensor, index) => {
      assert.deepEqual(tensor.arraySync(), expected[index]?.arraySync());
    });
  });
});

describe("An LSTM by cuDNN, which plain numbers stand for", () => {
  before(usePlainBackend);

  const windows = [
    { what: "no lane cleared", resets: [], steps: [7, 7] },
    { what: "lanes cleared at the beginning", resets: [[0, 1]], steps: [7, 7] },
    {
      what: "lanes cleared within, two of them at once, and at the last step",
      resets: [
        [2, 0],
        [2, 2],
        [3, 1],
        [6, 0],
      ],
      steps: [2, 1, 3, 1, 2, 1, 3, 1],
    },
  ] as const;
  for (const { what, resets, steps } of windows) {
    it(`has the portable one's loss, gradients and state (${what})`, () => {
      const ops = new CudnnOps();
      const window = { ...randomWindow(7, 3, 4), resets };
      const from = [0, 1].map((layer) => filledState(layer));
      const weights = tinyWeights();
      const actual = lossAndGradients(weights, kernelsOf(ops), { window, from });
      const expected = lossAndGradients(weights, portableKernels, { window, from });
      assert.ok(Math.abs(actual.nats - expected.nats) < 1e-4, `${actual.nats} instead of ${expected.nats}`);
      assertAgreement(actual, expected, { gradients: 1e-4, state: 1e-5 });
      assert.deepEqual(ops.steps, steps);
      assert.equal(ops.openCount, 0);
      assert.ok(ops.types.every((type) => type === "float32"));
    });

    it(`has them within its rounding in float16 (${what})`, () => {
      const ops = new CudnnOps();
      const window = { ...randomWindow(7, 3, 4), resets };
      const from = [0, 1].map((layer) => filledState(layer));
      const weights = tinyWeights();
      const scale = new LossScale();
      while (scale.value > 256) {
        scale.lower();
      }
      const actual = lossAndGradients(weights, kernelsOf(ops, scale), { window, from });
      const expected = lossAndGradients(weights, portableKernels, { window, from });
      assertAgreement(actual, expected, { gradients: 2e-2, state: 5e-3 });
      assert.ok(ops.types.length > 0 && ops.types.every((type) => type === "float16"));
      assert.deepEqual(ops.steps, steps);
      assert.equal(ops.openCount, 0);
    });
  }

  it("loses gradients in float16 that are too small for it, and none with a scale", () => {
    const gradientOf = (lstmSequence: NeuralKernels["lstmSequence"]): number =>
      tf.tidy(() => {
        const state = { h: tf.zeros<tf.Rank.R2>([1, 2]), c: tf.zeros<tf.Rank.R2>([1, 2]) };
        const window = { windowTokens: 1, laneCount: 1, keep: tf.ones<tf.Rank.R2>([1, 1]), hasResets: [false] };
        const [slope] = tf.grads((x) => {
          const weights = {
            inputKernel: tf.ones([1, 8]),
            recurrentKernel: tf.ones([2, 8]),
            bias: tf.zeros([8]),
          } as const;
          const input = { kind: "vectors", x: x as tf.Tensor3D } as const;
          return tf.mul(tf.sum(lstmSequence({ input, state, weights: weights as never, window }).h), 1e-8);
        })([tf.fill([1, 1, 1], 0.5)]);
        return slope?.dataSync()[0] as number;
      });
    const least = new LossScale();
    while (least.value > 1) {
      least.lower();
    }
    const expected = gradientOf((call) => portableKernels.lstmSequence(call));
    assert.ok(expected > 1e-9);
    assert.equal(gradientOf(lstmOf(new CudnnOps(), least)), 0);
    const actual = gradientOf(lstmOf(new CudnnOps(), new LossScale()));
    assert.ok(Math.abs(actual / expected - 1) < 5e-3, `${actual} instead of ${expected}`);
  });

  for (const [what, lossScale] of [
    ["float32", undefined],
    ["float16", new LossScale()],
  ] as const) {
    it(`leaves no tensor behind, with a gradient and without, in ${what}`, () => {
      const kernels = kernelsOf(new CudnnOps(), lossScale);
      const window = { ...randomWindow(5, 3, 6), resets: [[2, 1]] as const };
      const before = tf.memory().numTensors;
      lossAndGradients(tinyWeights(), kernels, { window });
      assert.equal(tf.memory().numTensors, before);
      tf.tidy(() => {
        const state = { h: tf.zeros<tf.Rank.R2>([3, 2]), c: tf.zeros<tf.Rank.R2>([3, 2]) };
        const result = kernels.lstmSequence({
          input: { kind: "vectors", x: tf.ones([5, 3, 4]) },
          state,
          weights: { inputKernel: tf.ones([4, 8]), recurrentKernel: tf.ones([2, 8]), bias: tf.zeros([8]) },
          window: {
            windowTokens: 5,
            laneCount: 3,
            keep: tf.ones([5, 3]),
            hasResets: [false, false, false, false, false],
          },
        });
        assert.deepEqual(result.h.shape, [5, 3, 2]);
        tf.dispose([result.state.h, result.state.c]);
      });
      assert.equal(tf.memory().numTensors, before);
    });
  }
});

function filledState(layer: number): readonly [Float32Array, Float32Array] {
  const values = (shift: number): Float32Array =>
    Float32Array.from({ length: 3 * TINY_SPEC.hiddenSize }, (_, index) => Math.sin(index + layer + shift) / 2);
  return [values(0), values(3)];
}

describe("The fault of an LSTM by cuDNN", () => {
  before(usePlainBackend);

  const unrolled: NeuralKernels["lstmSequence"] = (call) => portableKernels.lstmSequence(call);

  it("is none where it computes what the unrolled one does", () => {
    const before = tf.memory().numTensors;
    assert.equal(findCudnnFault(lstmOf(new CudnnOps()), unrolled), null);
    assert.equal(tf.memory().numTensors, before);
  });

  it("is told where gates stand in another order", () => {
    const ops = new CudnnOps();
    const shuffled: TensorflowOps = {
      run: (op, call) => ops.run(op, call),
      runMany: (op, call) => {
        const inputs = [...call.inputs];
        inputs[3] = tf.reverse(inputs[3] as tf.Tensor1D);
        return ops.runMany(op, { ...call, inputs });
      },
    };
    assert.match(findCudnnFault(lstmOf(shuffled), unrolled) ?? "", /^it differs from the unrolled network by \d/u);
  });

  it("is what TensorFlow says where it refuses the call", () => {
    const refusing: TensorflowOps = {
      run: () => assert.fail(),
      runMany: () => {
        throw new Error("Invalid TF_Status: 5\nMessage: Could not find device for node\nAll kernels: none");
      },
    };
    assert.equal(findCudnnFault(lstmOf(refusing), unrolled), "Could not find device for node");
  });
});
