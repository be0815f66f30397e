import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { clipByGlobalNorm } from "../../../src/training/gradientClipping.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

describe("clipByGlobalNorm", () => {
  before(usePlainBackend);

  function checkClipping(
    gradients: readonly (readonly number[])[],
    clipNorm: number,
    expected: { normBefore: number; normAfter: number; isClipped: boolean },
  ): void {
    const tensors = gradients.map((values) => tf.tensor1d([...values]));
    const count = tf.memory().numTensors;
    const report = clipByGlobalNorm(tensors, { clipNorm, kernels: portableKernels });
    assert.ok(Math.abs(report.normBefore - expected.normBefore) < 1e-5, `norm before is ${report.normBefore}`);
    assert.ok(Math.abs(report.normAfter - expected.normAfter) < 1e-5, `norm after is ${report.normAfter}`);
    assert.equal(report.isClipped, expected.isClipped);
    const scaled = Math.sqrt(gradients.flat().reduce((sum, value) => sum + (value * report.scale) ** 2, 0));
    assert.ok(Math.abs(scaled - expected.normAfter) < 1e-5, `scaled by ${report.scale} the norm is ${scaled}`);
    assert.equal(tf.memory().numTensors, count);
    tf.dispose(tensors);
  }

  it("takes the norm over all parameters together, not over each", () => {
    checkClipping(
      [
        [3, 0],
        [0, 4],
      ],
      1,
      { normBefore: 5, normAfter: 1, isClipped: true },
    );
  });

  it("leaves a gradient alone whose norm is at most the threshold", () => {
    checkClipping([[3], [4]], 5, { normBefore: 5, normAfter: 5, isClipped: false });
    checkClipping([[0.1, 0.1]], 1, { normBefore: Math.sqrt(0.02), normAfter: Math.sqrt(0.02), isClipped: false });
  });

  it("reports a gradient that is not finite as such", () => {
    const tensor = tf.tensor1d([1, Number.NaN]);
    assert.ok(!Number.isFinite(clipByGlobalNorm([tensor], { clipNorm: 1, kernels: portableKernels }).normBefore));
    tensor.dispose();
  });
});
