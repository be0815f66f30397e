import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../../src/base/rng.ts";
import { activationPenalty } from "../../../../../src/models/neural/family/activationPenalty.ts";
import { embeddingDropout } from "../../../../../src/models/neural/family/embeddingDropout.ts";
import { NO_REGULARISATION } from "../../../../../src/models/neural/family/familySpec.ts";
import { lockedDropout } from "../../../../../src/models/neural/family/lockedDropout.ts";
import { weightDrop } from "../../../../../src/models/neural/family/weightDrop.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { usePlainBackend } from "../../../../support/tinyNetwork.ts";

/** Half the width of an interval that a share of n fair draws leaves once in 15,000 times. */
function fourDeviations(rate: number, n: number): number {
  return 4 * Math.sqrt((rate * (1 - rate)) / n);
}

function shareOfZeros(values: ArrayLike<number>): number {
  return Array.from(values).filter((value) => value === 0).length / values.length;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

describe("Locked dropout", () => {
  before(usePlainBackend);
  const [T, B, H] = [5, 40, 300];
  const drop = (isLocked: boolean): Float32Array =>
    lockedDropout(tf.ones([T, B, H]), { rate: 0.3, isLocked, rng: createRng(1) }).dataSync<"float32">();

  it("drops the share of units that the rate says and keeps the mean", () => {
    const step = drop(true).subarray(0, B * H);
    assert.ok(Math.abs(shareOfZeros(step) - 0.3) < fourDeviations(0.3, B * H));
    assert.ok(Math.abs(mean(step) - 1) < fourDeviations(0.3, B * H) / 0.7);
  });

  it("drops the same units at every step of a window, others in every lane", () => {
    const values = drop(true);
    for (let t = 1; t < T; t++) {
      assert.deepEqual(values.subarray(t * B * H, (t + 1) * B * H), values.subarray(0, B * H));
    }
    assert.notDeepEqual(values.subarray(0, H), values.subarray(H, 2 * H));
  });

  it("drops others at every step where it is not locked: two steps agree by chance alone", () => {
    const values = drop(false);
    const [first, second] = [values.subarray(0, B * H), values.subarray(B * H, 2 * B * H)];
    const agreed = first.filter((value, index) => value === second[index]).length / first.length;
    assert.ok(Math.abs(agreed - (0.3 ** 2 + 0.7 ** 2)) < fourDeviations(0.58, B * H));
  });
});

describe("Embedding dropout", () => {
  before(usePlainBackend);

  it("drops whole words, as often as the rate says, and scales the others", () => {
    const [U, E] = [20_000, 3];
    const values = embeddingDropout(tf.ones([U, E]), { rate: 0.1, rng: createRng(2) }).dataSync<"float32">();
    const first = Array.from({ length: U }, (_, word) => values[word * E] as number);
    first.forEach((value, word) => {
      assert.ok(value === values[word * E + 1] && value === values[word * E + 2]);
    });
    assert.ok(Math.abs(shareOfZeros(first) - 0.1) < fourDeviations(0.1, U));
    assert.ok(first.every((value) => value === 0 || Math.abs(value - 1 / 0.9) < 1e-6));
  });
});

describe("Weight drop", () => {
  before(usePlainBackend);

  it("drops elements of a matrix as often as the rate says, and the gradient goes to the others", () => {
    const kernel = tf.variable(tf.ones([100, 400]));
    let dropped = new Float32Array();
    const { grads } = tf.variableGrads(() => {
      const weights = weightDrop(kernel, { rate: 0.5, rng: createRng(3) });
      dropped = weights.dataSync<"float32">().slice();
      return tf.sum(weights);
    }, [kernel]);
    assert.ok(Math.abs(shareOfZeros(dropped) - 0.5) < fourDeviations(0.5, kernel.size));
    assert.deepEqual((grads[kernel.name] as tf.Tensor).dataSync(), dropped);
    kernel.dispose();
  });

  it("drops the same elements at every step and others in every window", () => {
    const spec = { ...TINY, layerCount: 1, regularisation: { ...NO_REGULARISATION, weightDrop: 0.5 } };
    // One token over and over: with a state of zero only the recurrent matrix tells steps apart.
    const batch = tinyBatch({ windowTokens: 6, laneCount: 1, seed: 1 });
    const losses = [1, 1, 2, 3].map(
      (seed) => familyLoss(spec, tinyFamilyWeights(spec), { batches: [batch], seed }).losses[0],
    );
    assert.equal(losses[0], losses[1]);
    assert.notEqual(losses[0], losses[2]);
    assert.notEqual(losses[2], losses[3]);
  });
});

describe("Activation regularisation", () => {
  before(usePlainBackend);
  const raw = tf.tensor3d([1, 2, 4, 2, 1, 0], [3, 1, 2]);
  const dropped = tf.tensor3d([2, 0, 8, 0, 2, 0], [3, 1, 2]);

  it("is what the equations of section 4.5 give by hand", () => {
    const penalty = activationPenalty({ dropped, raw }, { activation: 2, temporalActivation: 3 });
    const activation = (2 * (4 + 64 + 4)) / 6;
    const temporal = (3 * (9 + 0 + 9 + 4)) / 4;
    assert.ok(Math.abs((penalty?.dataSync()[0] ?? NaN) - activation - temporal) < 1e-5);
  });

  it("is nothing at all where both weights are 0", () => {
    assert.equal(activationPenalty({ dropped, raw }, { activation: 0, temporalActivation: 0 }), null);
  });
});
