import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createCudnnLstm } from "../../../../src/models/neural/cudnnLstm.ts";
import { packCudnnParams, unpackCudnnGradient } from "../../../../src/models/neural/cudnnParams.ts";
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

function kernelsOf(ops: CudnnOps): NeuralKernels {
  return { ...portableKernels, lstmSequence: createCudnnLstm(ops, portableKernels) };
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
    });
  }

  it("leaves no tensor behind, with a gradient and without", () => {
    const kernels = kernelsOf(new CudnnOps());
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
    assert.equal(findCudnnFault(createCudnnLstm(new CudnnOps(), portableKernels), unrolled), null);
    assert.equal(tf.memory().numTensors, before);
  });

  it("is told where gates stand in another order", () => {
    const ops = new CudnnOps();
    const shuffled: TensorflowOps = {
      run: (op) => ops.run(op),
      runMany: (op, call) => {
        const inputs = [...call.inputs];
        inputs[3] = tf.reverse(inputs[3] as tf.Tensor1D);
        return ops.runMany(op, { ...call, inputs });
      },
    };
    assert.match(
      findCudnnFault(createCudnnLstm(shuffled, portableKernels), unrolled) ?? "",
      /^it differs from the unrolled network by \d/u,
    );
  });

  it("is what TensorFlow says where it refuses the call", () => {
    const refusing: TensorflowOps = {
      run: () => assert.fail(),
      runMany: () => {
        throw new Error("Invalid TF_Status: 5\nMessage: Could not find device for node\nAll kernels: none");
      },
    };
    assert.equal(
      findCudnnFault(createCudnnLstm(refusing, portableKernels), unrolled),
      "Could not find device for node",
    );
  });
});
