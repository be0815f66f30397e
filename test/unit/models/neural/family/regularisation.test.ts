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

  it("is what outputs drawn at random make expected: σ² for them, and 2σ² for their changes", () => {
    const [sigma, shape] = [0.7, [30, 40, 50] as const];
    const count = 30 * 40 * 50;
    const drawn = tf.randomNormal<tf.Rank.R3>([...shape], 0, sigma, "float32", 7);
    const of = (activation: number, temporalActivation: number): number =>
      activationPenalty({ dropped: drawn, raw: drawn }, { activation, temporalActivation })?.dataSync()[0] ?? NaN;
    // A mean of n squares of normal numbers has the relative deviation √(2/n); of changes, each of which has a part in two, √(3/n).
    assert.ok(Math.abs(of(2, 0) / (2 * sigma ** 2) - 1) < 4 * Math.sqrt(2 / count));
    assert.ok(Math.abs(of(0, 3) / (3 * 2 * sigma ** 2) - 1) < 4 * Math.sqrt(3 / ((count * 29) / 30)));
  });

  it("counts outputs after dropout: those that are left are larger by its rate", () => {
    const shape: [number, number, number] = [30, 40, 50];
    const units = 40 * 50;
    const rates = [0.2, 0.5].map((rate) => {
      const ones = tf.ones<tf.Rank.R3>(shape);
      const kept = tf.cast(tf.greaterEqual(tf.randomUniform([1, 40, 50], 0, 1, "float32", 3), rate), "float32");
      const dropped = tf.div(tf.mul(ones, kept), 1 - rate) as unknown as tf.Tensor3D;
      const penalty = activationPenalty({ dropped, raw: ones }, { activation: 1, temporalActivation: 0 });
      return [rate, penalty?.dataSync()[0] ?? NaN] as const;
    });
    for (const [rate, penalty] of rates) {
      assert.ok(Math.abs(penalty * (1 - rate) ** 2 - (1 - rate)) < fourDeviations(rate, units), `${rate}: ${penalty}`);
    }
  });

  it("has descent make outputs smaller, and slower, whatever they were", () => {
    const change = (h: tf.Tensor3D): number => {
      const [T, B, H] = h.shape;
      return tf
        .mean(tf.square(tf.sub(tf.slice(h, [1, 0, 0], [T - 1, B, H]), tf.slice(h, [0, 0, 0], [T - 1, B, H]))))
        .dataSync()[0] as number;
    };
    const size = (h: tf.Tensor3D): number => tf.mean(tf.square(h)).dataSync()[0] as number;
    for (let seed = 1; seed <= 10; seed++) {
      const begin = tf.randomNormal<tf.Rank.R3>([6, 5, 4], 1, 1, "float32", seed);
      const step = (activation: number, temporalActivation: number): tf.Tensor3D => {
        const slope = tf.grad(
          (h) =>
            activationPenalty(
              { dropped: h as tf.Tensor3D, raw: h as tf.Tensor3D },
              { activation, temporalActivation },
            ) as tf.Scalar,
        )(begin);
        return tf.sub<tf.Tensor3D>(begin, tf.mul(slope, 5));
      };
      assert.ok(size(step(1, 0)) < size(begin));
      assert.ok(change(step(0, 1)) < change(begin));
      // What does not change is no business of the temporal one.
      const shift = Math.abs((tf.mean(step(0, 1)).dataSync()[0] as number) - (tf.mean(begin).dataSync()[0] as number));
      assert.ok(shift < 1e-6);
    }
  });

  it("is nothing at all where both weights are 0", () => {
    assert.equal(activationPenalty({ dropped, raw }, { activation: 0, temporalActivation: 0 }), null);
  });
});
