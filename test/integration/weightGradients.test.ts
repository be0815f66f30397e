import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../src/base/rng.ts";
import { loadTensorflowOnce } from "../support/loadAddon.ts";

describe("The op of weights' gradients", function () {
  this.timeout(60_000);

  const random = (count: number, seed: number): Float32Array => {
    const rng = createRng(seed);
    return Float32Array.from({ length: count }, () => rng.next() - 0.5);
  };

  /** aᵀ·b of [N, A] and [N, B]. */
  function product(a: Float32Array, b: Float32Array, [N, A, B]: readonly [number, number, number]): Float64Array {
    const sums = new Float64Array(A * B);
    for (let n = 0; n < N; n++) {
      for (let i = 0; i < A; i++) {
        for (let j = 0; j < B; j++) {
          sums[i * B + j] = (sums[i * B + j] as number) + (a[n * A + i] as number) * (b[n * B + j] as number);
        }
      }
    }
    return sums;
  }

  for (const [N, I, H, O] of [
    [533, 1, 5, 76],
    [7, 90, 3, 12],
    [300, 13, 29, 1],
    [1, 1, 1, 1],
    [600, 40, 8, 200],
    [0, 4, 3, 12],
    [5, 2, 2, 0],
  ] as const) {
    it(`has both products and the sums of ${N} rows, ${I} and ${H} by ${O}`, async () => {
      const { ops } = await loadTensorflowOnce();
      await tf.setBackend("tensorflow");
      const [x, h, dz] = [random(N * I, 1), random(N * H, 2), random(N * O, 3)];
      const actual = tf.tidy(() => {
        const inputs = [tf.tensor2d(x, [N, I]), tf.tensor2d(h, [N, H]), tf.tensor2d(dz, [N, O])];
        return ops
          .runMany("InklingWeightGradients", { inputs, outputCount: 3 })
          .map((one) => ({ shape: one.shape, values: one.dataSync<"float32">().slice() }));
      });
      const expected = [
        { shape: [I, O], values: product(x, dz, [N, I, O]) },
        { shape: [H, O], values: product(h, dz, [N, H, O]) },
        { shape: [O], values: product(new Float32Array(N).fill(1), dz, [N, 1, O]) },
      ];
      for (const [index, { shape, values }] of expected.entries()) {
        assert.deepEqual(actual[index]?.shape, shape);
        assert.ok(values.every((value, at) => Math.abs((actual[index]?.values[at] ?? Number.NaN) - value) < 1e-4));
      }
    });
  }

  it("refuses factors of different numbers of rows", async () => {
    const { ops } = await loadTensorflowOnce();
    await tf.setBackend("tensorflow");
    tf.tidy(() => {
      const inputs = [tf.zeros([4, 2]), tf.zeros([5, 2]), tf.zeros([4, 8])];
      assert.throws(() => ops.runMany("InklingWeightGradients", { inputs, outputCount: 3 }), /another shape/);
    });
  });
});
