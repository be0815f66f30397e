import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../src/base/rng.ts";
import { portableKernels } from "../../../../src/models/neural/portableKernels.ts";
import { narrowSoftmax, type SoftmaxCandidates } from "../../../../src/models/neural/softmaxCandidates.ts";
import { largestDifference, usePlainBackend } from "../../../support/tinyNetwork.ts";

const [V, D, N] = [9, 4, 3];

describe("narrowSoftmax", () => {
  before(usePlainBackend);

  it("gives the loss and the gradients of the whole softmax where every token is a candidate", () => {
    const order = [4, 8, 0, 1, 7, 2, 6, 5, 3];
    const targets = [8, 0, 4];
    const candidates = (): SoftmaxCandidates => ({
      ids: tf.tensor1d(order, "int32"),
      shifts: tf.zeros([V]),
      places: tf.tensor1d(
        targets.map((id) => order.indexOf(id)),
        "int32",
      ),
    });
    const whole = slopes(targets, undefined);
    const narrow = slopes(targets, candidates);
    assert.ok(Math.abs(whole.nats - narrow.nats) < 1e-5);
    assert.ok(largestDifference(whole.kernel, narrow.kernel) < 1e-6);
    assert.ok(largestDifference(whole.bias, narrow.bias) < 1e-6);
  });

  it("leaves tokens that are no candidate as they are, and counts one for many by its shift", () => {
    const candidates = (): SoftmaxCandidates => ({
      ids: tf.tensor1d([5, 2], "int32"),
      shifts: tf.tensor1d([0, Math.log(8)]),
      places: tf.tensor1d([0, 0, 0], "int32"),
    });
    const { nats, kernel, bias, scores } = slopes([5, 5, 5], candidates);
    const expected = scores.reduce((sum, row) => {
      const [own, other] = [Math.exp(row[5] as number), 8 * Math.exp(row[2] as number)];
      return sum - Math.log(own / (own + other));
    }, 0);
    assert.ok(Math.abs(nats - expected) < 1e-5, `${nats} nats for ${expected}`);
    for (const id of [0, 1, 3, 4, 6, 7, 8]) {
      assert.equal(bias[id], 0);
      assert.ok(kernel.subarray(id * D, (id + 1) * D).every((slope) => slope === 0));
    }
    assert.ok((bias[5] as number) < 0 && (bias[2] as number) > 0);
  });
});

interface Slopes {
  readonly nats: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Of all tokens, by row. */
  readonly scores: readonly (readonly number[])[];
}

function slopes(wanted: readonly number[], candidates: (() => SoftmaxCandidates) | undefined): Slopes {
  const rng = createRng(3);
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * rng.next() - 1);
  return tf.tidy(() => {
    const rows = tf.tensor2d(values(N * D), [N, D]);
    const kernel = tf.tensor2d(values(V * D), [V, D]);
    const bias = tf.tensor1d(values(V));
    const targets = tf.tensor1d([...wanted], "int32");
    const weights = tf.ones<tf.Rank.R1>([N]);
    const drawn = candidates?.();
    const loss = tf.valueAndGrads((k, b) => {
      const softmax = { kernel: k as tf.Tensor2D, bias: b as tf.Tensor1D, targets };
      const narrow = narrowSoftmax(softmax, drawn, portableKernels);
      return portableKernels.softmaxLoss({ rows, ...narrow, embedding: narrow.kernel, weights });
    });
    const { value, grads } = loss([kernel, bias]);
    return {
      nats: value.dataSync()[0],
      kernel: (grads[0] as tf.Tensor).dataSync().slice(),
      bias: (grads[1] as tf.Tensor).dataSync().slice(),
      scores: tf.add<tf.Tensor2D>(tf.matMul(rows, kernel, false, true), bias).arraySync(),
    } as never;
  });
}
