import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { portableKernels } from "../../../../src/models/neural/portableKernels.ts";
import { type NetworkSpec, parameterShapes } from "../../../../src/models/neural/networkSpec.ts";
import { autogradKernels } from "../../../support/autogradKernels.ts";
import {
  largestDifference,
  lossAndGradients,
  randomWindow,
  MATCHING_SPEC,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../../../support/tinyNetwork.ts";

describe("the seam between models and kernels", () => {
  before(usePlainBackend);

  for (const [what, spec] of [
    ["", TINY_SPEC],
    [" of a network that reads matches", MATCHING_SPEC],
  ] as const) {
    checkGradients(what, spec);
  }

  it("reads two windows with the state carried as it reads one long window", () => {
    const long = randomWindow(10, 3, 3);
    const cut = 4 * long.laneCount;
    const first = { ...long, windowTokens: 4, inputs: long.inputs.slice(0, cut), targets: long.targets.slice(0, cut) };
    const second = { ...long, windowTokens: 6, inputs: long.inputs.slice(cut), targets: long.targets.slice(cut) };
    const whole = lossAndGradients(tinyWeights(), portableKernels, { window: long });
    const begun = lossAndGradients(tinyWeights(), portableKernels, { window: first });
    const ended = lossAndGradients(tinyWeights(), portableKernels, { window: second, from: begun.state });
    assert.ok(Math.abs(begun.nats + ended.nats - whole.nats) < 1e-4);
    for (const [layer, [h, c]] of whole.state.entries()) {
      assert.ok(largestDifference(ended.state[layer]?.[0] ?? [], h) < 1e-6);
      assert.ok(largestDifference(ended.state[layer]?.[1] ?? [], c) < 1e-6);
    }
  });

  it("forgets what came before where a lane is cleared", () => {
    const window = randomWindow(6, 1, 4);
    const tail = { ...window, windowTokens: 3, inputs: window.inputs.slice(3), targets: window.targets.slice(3) };
    const cleared = lossAndGradients(tinyWeights(), portableKernels, { window: { ...window, resets: [[3, 0]] } });
    const fresh = lossAndGradients(tinyWeights(), portableKernels, { window: tail });
    const unmasked = lossAndGradients(tinyWeights(), portableKernels, { window });
    assert.ok(largestDifference(cleared.state[1]?.[0] ?? [], fresh.state[1]?.[0] ?? []) < 1e-6);
    assert.ok(largestDifference(unmasked.state[1]?.[0] ?? [], fresh.state[1]?.[0] ?? []) > 1e-3);
  });

  it("gives a network without weights the perplexity of its vocabulary's size", () => {
    const zeros = new Map(
      parameterShapes(TINY_SPEC).map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
    );
    const window = randomWindow(9, 4, 5);
    const { nats } = lossAndGradients(zeros, portableKernels, { window });
    assert.ok(Math.abs(Math.exp(nats / 36) - TINY_SPEC.vocabularySize) < 1e-4);
  });

  it("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    for (const spec of [TINY_SPEC, MATCHING_SPEC]) {
      const window = { ...randomWindow(5, 3, 6), resets: [[2, 1]] as const };
      lossAndGradients(tinyWeights(spec), portableKernels, { window, spec });
      assert.equal(tf.memory().numTensors, before);
    }
  });
});

function checkGradients(what: string, spec: NetworkSpec): void {
  it(`gives the loss and gradients${what} that tfjs derives by itself`, () => {
    // 24 tokens are more than the vocabulary's 11 rows, 6 are fewer: the input is projected both ways.
    for (const windowTokens of [8, 2]) {
      const window = {
        ...randomWindow(windowTokens, 3, 1),
        resets: [
          [1, 0],
          [1, 2],
        ] as const,
      };
      const expected = lossAndGradients(tinyWeights(spec), autogradKernels, { window, spec });
      const actual = lossAndGradients(tinyWeights(spec), portableKernels, { window, spec });
      assert.ok(Math.abs(actual.nats - expected.nats) < 1e-4, `${actual.nats} nats instead of ${expected.nats}`);
      for (const [name, gradient] of expected.gradients) {
        const difference = largestDifference(actual.gradients.get(name) ?? [], gradient);
        assert.ok(difference < 1e-5, `${name} differs by ${difference} in a window of ${windowTokens}`);
      }
    }
  });

  it(`has the gradient${what} that central differences show, for every parameter`, () => {
    const window = randomWindow(4, 2, 2);
    const weights = tinyWeights(spec);
    const { gradients } = lossAndGradients(weights, portableKernels, { window, spec });
    const step = 1e-2;
    for (const { name } of parameterShapes(spec)) {
      const values = weights.get(name) as Float32Array;
      const largest = Math.max(...(gradients.get(name) as Float32Array).map(Math.abs));
      for (let index = 0; index < values.length; index += Math.ceil(values.length / 12)) {
        const lossAt = (offset: number): number => {
          const moved = values.slice();
          moved[index] = (moved[index] as number) + offset;
          return lossAndGradients(new Map(weights).set(name, moved), portableKernels, { window, spec }).nats;
        };
        const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
        const difference = Math.abs(slope - ((gradients.get(name) as Float32Array)[index] as number));
        assert.ok(
          difference < 5e-3 * Math.max(largest, 0.2),
          `${name}[${index}]: slope ${slope}, off by ${difference}`,
        );
      }
    }
  }).timeout(60_000);
}
