import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import { timeNetwork } from "../../../src/engine/timeNetwork.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import type { NetworkSpec } from "../../../src/models/neural/networkSpec.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { RecurrentDecoder } from "../../../src/models/neural/recurrentDecoder.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

describe("The timed network", () => {
  before(usePlainBackend);

  it("expects what the decoder expects with the same weights, and leaves no tensor behind", () => {
    const spec: NetworkSpec = { cell: "lstm", hiddenSize: 6, layerCount: 2, vocabularySize: 9 };
    const decoder = RecurrentDecoder.fromWeights(spec, initialWeights(spec, createRng(1)));
    const expected = new Float32Array(9);
    decoder.logProbabilities(
      [0, 1, 2].reduce((state, token) => decoder.advance(state, token), decoder.initialState()),
      expected,
    );
    const { numTensors } = tf.memory();
    const { hiddenSize, layerCount, vocabularySize } = spec;
    const { logProbabilities, backend } = timeNetwork(
      { hiddenSize, layerCount, vocabularySize, batch: 2, stepCount: 3 },
      {
        clock: new ManualTime(),
        backend: {
          description: { backend: "portable", device: "cpu", tensorflow: null, reasons: [] },
          kernels: portableKernels,
        },
      },
    );
    assert.equal(backend, "portable");
    assert.equal(logProbabilities.length, 9);
    for (const [token, value] of logProbabilities.entries()) {
      assert.ok(Math.abs(value - expected[token]!) < 1e-4, `token ${token}: ${value}, not ${expected[token]}`);
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });
});
