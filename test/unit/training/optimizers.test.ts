import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import { LmError } from "../../../src/base/errors.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { clipByValue } from "../../../src/training/gradientClipping.ts";
import { NonMonotoneAveraging } from "../../../src/training/nonMonotoneAveraging.ts";
import type { Optimizer } from "../../../src/training/optimizer.ts";
import { drawWindow } from "../../../src/training/randomWindows.ts";
import { RmsProp } from "../../../src/training/rmsProp.ts";
import { Sgd } from "../../../src/training/sgd.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const GRADIENTS = [0.5, -1.5, 0.25, 3];

interface Bench {
  readonly w: tf.Variable;
  readonly optimizer: Optimizer;
  readonly update: (gradient: number, gradientScale?: number) => void;
}

function bench(create: (parameters: ReadonlyMap<string, tf.Variable>) => Optimizer): Bench {
  const w = tf.tidy(() => tf.variable(tf.tensor1d([2])));
  const optimizer = create(new Map([["w", w]]));
  return {
    w,
    optimizer,
    update: (gradient, gradientScale = 1) => {
      const tensor = tf.tensor1d([gradient]);
      optimizer.update({ gradients: new Map([["w", tensor]]), learningRate: 0.1, gradientScale });
      tensor.dispose();
    },
  };
}

const OPTIMIZERS: readonly (readonly [
  string,
  (parameters: ReadonlyMap<string, tf.Variable>) => Optimizer,
  () => number,
])[] = [
  [
    "SGD with weight decay",
    (parameters) => new Sgd(parameters, { momentum: 0, weightDecay: 0.01 }),
    () => GRADIENTS.reduce((w, g) => w - 0.1 * (g + 0.01 * w), 2),
  ],
  [
    "SGD with momentum",
    (parameters) => new Sgd(parameters, { momentum: 0.9, weightDecay: 0 }),
    () => {
      let [w, v] = [2, 0];
      GRADIENTS.forEach((g) => {
        v = 0.9 * v + g;
        w -= 0.1 * v;
      });
      return w;
    },
  ],
  [
    "RMSProp",
    (parameters) => new RmsProp(parameters, { decay: 0.95, epsilon: 1e-8 }),
    () => {
      let [w, s] = [2, 0];
      GRADIENTS.forEach((g) => {
        s = 0.95 * s + 0.05 * g * g;
        w -= (0.1 * g) / (Math.sqrt(s) + 1e-8);
      });
      return w;
    },
  ],
];

for (const [title, create, byHand] of OPTIMIZERS) {
  describe(title, () => {
    before(usePlainBackend);

    it("moves a parameter as its equations do by hand", () => {
      const { w, update } = bench(create);
      GRADIENTS.forEach((gradient) => {
        update(gradient);
      });
      assert.ok(Math.abs((w.dataSync()[0] as number) - byHand()) < 1e-5);
    });

    it("scales gradients before anything else", () => {
      const scaled = bench(create);
      const plain = bench(create);
      scaled.update(4, 0.25);
      plain.update(1);
      assert.deepEqual(scaled.w.dataSync(), plain.w.dataSync());
    });

    it("goes on from what it was read as", () => {
      const whole = bench(create);
      const first = bench(create);
      const second = bench(create);
      [0.5, -1].forEach((gradient) => {
        whole.update(gradient);
        first.update(gradient);
      });
      second.w.assign(first.w);
      second.optimizer.restore(first.optimizer.read(), first.optimizer.step);
      whole.update(2);
      second.update(2);
      assert.deepEqual(second.w.dataSync(), whole.w.dataSync());
      assert.equal(second.optimizer.step, 3);
    });

    it("changes nothing where it fails on the way", () => {
      const { w, optimizer, update } = bench(create);
      update(1);
      const before = { w: Array.from(w.dataSync()), remembered: optimizer.read(), step: optimizer.step };
      const tensors = tf.memory().numTensors;
      const gradients = new Map(["w", "stranger"].map((name) => [name, tf.tensor1d([1])]));
      assert.throws(() => {
        optimizer.update({ gradients, learningRate: 1, gradientScale: 1 });
      }, RangeError);
      tf.dispose([...gradients.values()]);
      assert.deepEqual({ w: Array.from(w.dataSync()), remembered: optimizer.read(), step: optimizer.step }, before);
      assert.equal(tf.memory().numTensors, tensors);
    });

    it("refuses a gradient of no parameter, and leaves no tensor behind", () => {
      const before = tf.memory().numTensors;
      const { w, optimizer, update } = bench(create);
      update(1);
      optimizer.reset();
      const stranger = tf.tensor1d([1]);
      assert.throws(() => {
        optimizer.update({ gradients: new Map([["x", stranger]]), learningRate: 1, gradientScale: 1 });
      }, RangeError);
      tf.dispose([stranger, w]);
      optimizer.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  });
}

describe("What an optimizer remembers", () => {
  before(usePlainBackend);

  it("is refused where it is of another model", () => {
    const { optimizer } = bench((parameters) => new Sgd(parameters, { momentum: 0.5, weightDecay: 0 }));
    assert.throws(
      () => {
        optimizer.restore(new Map([["w/velocity", new Float32Array(3)]]), 1);
      },
      (error) => error instanceof LmError && error.code === "modelMismatch",
    );
  });
});

describe("Clipping by value", () => {
  before(usePlainBackend);

  it("brings each element into its bounds and reports both norms", () => {
    const { clipping, gradients } = clipByValue(new Map([["w", tf.tensor1d([3, -4, 0.5])]]), {
      clipValue: 1,
      kernels: portableKernels,
    });
    assert.deepEqual([...(gradients.get("w") as tf.Tensor).dataSync()], [1, -1, 0.5]);
    assert.ok(Math.abs(clipping.normBefore - Math.sqrt(25.25)) < 1e-5);
    assert.ok(Math.abs(clipping.normAfter - 1.5) < 1e-5);
    assert.equal(clipping.isClipped, true);
    tf.dispose([...gradients.values()]);
  });
});

describe("Weight decay", () => {
  before(usePlainBackend);

  /** Mean square of 4,000 weights after steps of gradients that say nothing, N(0, 1). */
  function spreadAfter(steps: number, weightDecay: number): number {
    const w = tf.tidy(() => tf.variable(tf.zeros([4000])));
    const optimizer = new Sgd(new Map([["w", w]]), { momentum: 0, weightDecay });
    for (let step = 0; step < steps; step++) {
      tf.tidy(() => {
        const gradient = tf.randomNormal([4000], 0, 1, "float32", step + 1);
        optimizer.update({ gradients: new Map([["w", gradient]]), learningRate: 0.1, gradientScale: 1 });
      });
    }
    const spread = tf.tidy(() => tf.mean(tf.square(w)).dataSync()[0] as number);
    optimizer.dispose();
    w.dispose();
    return spread;
  }

  it("holds weights whose gradients are noise where its equation does; without it they go ever further", () => {
    // w ← (1 − ηλ)·w − η·g has the variance η²·Σ(1 − ηλ)²ᵗ over the steps.
    for (const [steps, decay] of [
      [60, 1],
      [120, 1],
      [60, 0],
      [120, 0],
    ] as const) {
      const expected = Array.from({ length: steps }, (_, t) => 0.01 * (1 - 0.1 * decay) ** (2 * t)).reduce(
        (sum, part) => sum + part,
        0,
      );
      const spread = spreadAfter(steps, decay);
      assert.ok(
        Math.abs(spread / expected - 1) < 4 * Math.sqrt(2 / 4000),
        `${steps}, ${decay}: ${spread}, ${expected}`,
      );
    }
  });
});

describe("NT-ASGD", () => {
  before(usePlainBackend);

  it("has a mean whose noise falls with the number of steps that it is over", () => {
    const count = 4000;
    const w = tf.variable(tf.zeros([count]));
    const averaging = new NonMonotoneAveraging(new Map([["w", w]]), 0);
    averaging.noteLoss(1);
    averaging.noteLoss(2);
    const spreads: number[] = [];
    for (let step = 1; step <= 64; step++) {
      // Weights that wander about 3 by N(0, 1).
      tf.tidy(() => {
        w.assign(tf.randomNormal([count], 3, 1, "float32", step));
      });
      averaging.noteStep();
      if ([4, 16, 64].includes(step)) {
        const mean = averaging.readMean()?.get("w") ?? new Float32Array();
        spreads.push(mean.reduce((sum, value) => sum + (value - 3) ** 2, 0) / count);
      }
    }
    [4, 16, 64].forEach((steps, index) => {
      const spread = spreads[index] as number;
      assert.ok(Math.abs(spread * steps - 1) < 4 * Math.sqrt(2 / count), `${steps}: ${spread}`);
    });
    w.dispose();
    averaging.dispose();
  });

  it("begins to average when the loss is worse than the best of more than n looks ago", () => {
    const w = tf.variable(tf.tensor1d([0]));
    const averaging = new NonMonotoneAveraging(new Map([["w", w]]), 2);
    const begun = [5, 4, 4.5, 4.4, 4.3].map((loss) => {
      averaging.noteLoss(loss);
      return averaging.isAveraging;
    });
    // 4.3 is the first that is worse than the best (4) of those more than two looks before it.
    assert.deepEqual(begun, [false, false, false, false, true]);
    w.dispose();
    averaging.dispose();
  });

  it("keeps the mean of the weights of every step since", () => {
    const w = tf.variable(tf.tensor1d([7]));
    const averaging = new NonMonotoneAveraging(new Map([["w", w]]), 0);
    averaging.noteStep();
    averaging.noteLoss(1);
    averaging.noteLoss(2);
    assert.equal(averaging.readMean(), null);
    [1, 2, 6].forEach((value) => {
      w.assign(tf.tensor1d([value]));
      averaging.noteStep();
    });
    assert.ok(Math.abs((averaging.readMean()?.get("w")?.[0] ?? NaN) - 3) < 1e-6);
    w.dispose();
    averaging.dispose();
  });
});

describe("Random truncation", () => {
  const rng = createRng(5);
  const drawn = Array.from({ length: 20_000 }, () => drawWindow(70, rng));

  it("draws lengths around the usual one, one in twenty around half of it", () => {
    const lengths = drawn.map(({ windowTokens }) => windowTokens);
    const halves = lengths.filter((length) => length < 52).length / lengths.length;
    assert.ok(Math.abs(halves - 0.05) < 4 * Math.sqrt((0.05 * 0.95) / lengths.length), `${halves}`);
    const whole = lengths.filter((length) => length >= 52);
    const mean = whole.reduce((sum, length) => sum + length, 0) / whole.length;
    // Rounded down: half a token less than drawn.
    assert.ok(Math.abs(mean - 69.5) < 0.2, `${mean}`);
    const deviation = Math.sqrt(whole.reduce((sum, length) => sum + (length - mean) ** 2, 0) / whole.length);
    assert.ok(Math.abs(deviation - 5) < 0.2, `${deviation}`);
    assert.ok(Math.min(...lengths) >= 5);
  });

  it("scales the rate by the length, so that it is the usual one on average", () => {
    drawn.forEach(({ windowTokens, rateScale }) => {
      assert.equal(rateScale, windowTokens / 70);
    });
  });
});
