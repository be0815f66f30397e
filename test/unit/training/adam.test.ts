import assert from "node:assert/strict";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../../../src/base/errors.ts";
import { Adam } from "../../../src/training/adam.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const settings = { ...DEFAULT_TRAINING_SETTINGS, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

/** Algorithm 1 of Kingma and Ba (2015) for one scalar, with the cheaper epsilon of their section 2. */
function byHand(gradients: readonly number[], learningRate: number, start: number): number {
  let [value, m, v] = [start, 0, 0];
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    m = settings.beta1 * m + (1 - settings.beta1) * gradient;
    v = settings.beta2 * v + (1 - settings.beta2) * gradient * gradient;
    const rate = (learningRate * Math.sqrt(1 - settings.beta2 ** t)) / (1 - settings.beta1 ** t);
    value -= (rate * m) / (Math.sqrt(v) + settings.epsilon);
  });
  return value;
}

describe("Adam", () => {
  before(usePlainBackend);

  function update(adam: Adam, gradient: number, gradientScale = 1): void {
    const tensor = tf.tensor1d([gradient]);
    adam.update({ gradients: new Map([["w", tensor]]), learningRate: 0.1, gradientScale });
    tensor.dispose();
  }

  it("moves a parameter as the algorithm does by hand", () => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([2])));
    const adam = new Adam(new Map([["w", w]]), settings, portableKernels);
    const gradients = [0.5, -1.5, 0.25, 3];
    gradients.forEach((gradient) => {
      update(adam, gradient);
    });
    assert.ok(Math.abs((w.dataSync()[0] as number) - byHand(gradients, 0.1, 2)) < 1e-5);
    assert.equal(adam.step, 4);
    adam.dispose();
    w.dispose();
  });

  it("multiplies gradients by the clipping's scale before it averages them", () => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([2])));
    const adam = new Adam(new Map([["w", w]]), settings, portableKernels);
    update(adam, 10, 0.1);
    update(adam, -4, 0.5);
    assert.ok(Math.abs((w.dataSync()[0] as number) - byHand([1, -2], 0.1, 2)) < 1e-5);
    adam.dispose();
    w.dispose();
  });

  it("shrinks matrices by the learning rate times the decay, and leaves vectors alone", () => {
    const matrix = tf.tidy(() => tf.variable(tf.tensor2d([[2]])));
    const vector = tf.tidy(() => tf.variable(tf.tensor1d([2])));
    const parameters = new Map<string, tf.Variable>([
      ["matrix", matrix],
      ["vector", vector],
    ]);
    const adam = new Adam(parameters, { ...settings, weightDecay: 0.5 }, portableKernels);
    const gradients = new Map<string, tf.Tensor>([
      ["matrix", tf.tensor2d([[0]])],
      ["vector", tf.tensor1d([0])],
    ]);
    adam.update({ gradients, learningRate: 0.1, gradientScale: 1 });
    assert.ok(Math.abs((matrix.dataSync()[0] as number) - 2 * (1 - 0.1 * 0.5)) < 1e-6);
    assert.equal(vector.dataSync()[0], 2);
    tf.dispose([...gradients.values(), matrix, vector]);
    adam.dispose();
  });

  it("goes on from saved moments as if it had not stopped, and leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    const w = tf.tidy(() => tf.variable(tf.tensor1d([2])));
    const first = new Adam(new Map([["w", w]]), settings, portableKernels);
    update(first, 0.5);
    update(first, -1.5);
    const second = new Adam(new Map([["w", w]]), settings, portableKernels);
    second.restore(first.read(), first.step);
    update(second, 0.25);
    assert.ok(Math.abs((w.dataSync()[0] as number) - byHand([0.5, -1.5, 0.25], 0.1, 2)) < 1e-5);
    first.dispose();
    second.dispose();
    w.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it("changes nothing where memory ends after the first parameter", () => {
    const variables = new Map(["a", "b"].map((name) => [name, tf.tidy(() => tf.variable(tf.tensor1d([2])))] as const));
    let callCount = 0;
    const adam = new Adam(variables, settings, {
      adam: (call) => {
        callCount++;
        if (callCount === 4) {
          throw new Error("OOM when allocating a tensor");
        }
        return portableKernels.adam(call);
      },
    });
    const gradients = new Map(["a", "b"].map((name) => [name, tf.tensor1d([1])] as const));
    const step = (): void => {
      adam.update({ gradients, learningRate: 0.1, gradientScale: 1 });
    };
    step();
    const state = () => [
      adam.step,
      adam.read(),
      [...variables.values()].map((variable) => variable.dataSync().slice()),
    ];
    const [before, tensors] = [state(), tf.memory().numTensors];
    assert.throws(step, /OOM/);
    assert.deepEqual(state(), before);
    assert.equal(tf.memory().numTensors, tensors);
    adam.dispose();
    tf.dispose([...gradients.values(), ...variables.values()]);
  });

  it("refuses moments of another model", () => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([2])));
    const adam = new Adam(new Map([["w", w]]), settings, portableKernels);
    const moments = new Map([
      ["w/m", new Float32Array(2)],
      ["w/v", new Float32Array(2)],
    ]);
    assert.throws(
      () => {
        adam.restore(moments, 1);
      },
      (error) => error instanceof LmError && error.code === "modelMismatch",
    );
    adam.dispose();
    w.dispose();
  });
});
