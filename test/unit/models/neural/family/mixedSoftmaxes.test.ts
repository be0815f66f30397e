import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../../src/base/rng.ts";
import { planNetwork } from "../../../../../src/engine/family/networkPresets.ts";
import { familyParameterCount, familyShapes } from "../../../../../src/models/neural/family/familyShapes.ts";
import { familyFault, type FamilySpec, NO_REGULARISATION } from "../../../../../src/models/neural/family/familySpec.ts";
import { type HeadWeights, headLoss } from "../../../../../src/models/neural/family/softmaxHead.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { gradientFaults } from "../../../../support/gradientCheck.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

const MIXED: FamilySpec = { ...TINY, kind: "lstm", isTied: true, softmaxCount: 3, lastSize: 5 };

function withLatentDropout(latentDropout: number): FamilySpec {
  return { ...MIXED, regularisation: { ...NO_REGULARISATION, latentDropout } };
}

describe("Mixed softmaxes", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("have the sizes of Yang et al. (2018): 22 million parameters on the Penn Treebank", () => {
    const { spec } = planNetwork("awd-lstm-mos", { vocabularySize: 10_001, settings: undefined });
    const shapes = new Map(familyShapes(spec).map(({ name, shape }) => [name, shape]));
    assert.deepEqual(shapes.get("lstm/1/inputKernel"), [960, 4 * 960]);
    assert.deepEqual(shapes.get("lstm/2/inputKernel"), [960, 4 * 620]);
    assert.deepEqual(shapes.get("lstm/2/recurrentKernel"), [620, 4 * 620]);
    assert.deepEqual(shapes.get("mixture/latentKernel"), [620, 15 * 280]);
    assert.equal(Math.ceil(familyParameterCount(spec) / 1e6), 22);
  });

  it("have the gradient that central differences show, with a last layer of its own size and units dropped", () => {
    const spec = withLatentDropout(0.3);
    const batches = [tinyBatch({ windowTokens: 4, laneCount: 2, seed: 2 })];
    for (const { name, along } of gradientFaults({ spec, weights: tinyFamilyWeights(spec), batches })) {
      assert.ok(along < 5e-3, `${name} off by ${along} of its length`);
    }
  });

  it("drop units of the K vectors while training and at no other time", () => {
    const batches = [tinyBatch({ windowTokens: 6, laneCount: 2, seed: 2 })];
    const read = (rate: number, seed: number): ReturnType<typeof familyLoss> => {
      const spec = withLatentDropout(rate);
      return familyLoss(spec, tinyFamilyWeights(spec), { batches, seed });
    };
    assert.deepEqual(read(0, 1).losses, read(0, 2).losses);
    assert.notDeepEqual(read(0.5, 1).losses, read(0.5, 2).losses);
    assert.deepEqual(read(0.5, 1).probabilities, read(0, 1).probabilities);
  });

  it("are read where something was dropped: without any unit the biases alone are left", () => {
    const [N, D, K, E, V] = [4, 3, 2, 5, 7];
    const rng = createRng(1);
    const random = (...shape: [number, number]): tf.Tensor2D =>
      tf.tensor2d(
        Float32Array.from({ length: shape[0] * shape[1] }, () => rng.next() - 0.5),
        shape,
      );
    const losses = tf.tidy(() => {
      const bias = tf.reshape<tf.Rank.R1>(random(1, V), [V]);
      const head: HeadWeights = {
        kernel: random(V, E),
        bias,
        mixture: {
          softmaxCount: K,
          priorKernel: random(D, K),
          priorBias: tf.zeros([K]),
          latentKernel: random(D, K * E),
          latentBias: tf.zeros([K * E]),
        },
      };
      const shapes: number[][] = [];
      const loss = headLoss(
        {
          rows: random(N, D),
          head,
          kernels: portableKernels,
          dropLatent: (latent) => {
            shapes.push(latent.shape);
            return tf.zerosLike(latent);
          },
        },
        { targets: tf.tensor1d([0, 1, 2, 6], "int32"), weights: tf.ones([N]) },
      );
      assert.deepEqual(shapes, [[N, K * E]]);
      const logs = tf.logSoftmax(bias).dataSync();
      const expected = -[0, 1, 2, 6].reduce((sum, token) => sum + (logs[token] as number), 0);
      return [loss.dataSync()[0] as number, expected] as never;
    }) as unknown as readonly [number, number];
    assert.ok(largestDifference([losses[0]], [losses[1]]) < 1e-5, losses.join(" "));
  });

  const faults: readonly (readonly [string, Partial<FamilySpec>, RegExp | null])[] = [
    ["a last layer that the embedding cannot read", { softmaxCount: 1 }, /lastSize is 5, but .* embedding of 4; set/u],
    ["half a unit", { lastSize: 2.5 }, /lastSize is 2.5; choose a whole number/u],
    ["less than no unit", { lastSize: -1 }, /lastSize is -1/u],
    [
      "units dropped of vectors that there are not",
      { softmaxCount: 1, lastSize: 0, regularisation: { ...NO_REGULARISATION, latentDropout: 0.2 } },
      /latentDropout is for a mixture of softmaxes/u,
    ],
    [
      "all units dropped",
      { regularisation: { ...NO_REGULARISATION, latentDropout: 1 } },
      /latentDropout is 1; choose a rate/u,
    ],
    ["a last layer as wide as the embedding", { softmaxCount: 1, lastSize: 4 }, null],
    ["a last layer of its own where nothing is tied", { softmaxCount: 1, isTied: false }, null],
  ];
  for (const [title, changes, message] of faults) {
    it(`${message === null ? "may have" : "may not have"} ${title}`, () => {
      const fault = familyFault({ ...MIXED, ...changes });
      assert.equal(fault === null, message === null, fault ?? "no fault");
      assert.match(fault ?? "", message ?? /^$/u);
    });
  }
});
