import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import { PredictionStream } from "../../../src/batches/predictionStream.ts";
import { FamilyModel } from "../../../src/models/neural/family/familyModel.ts";
import { familyWeights } from "../../../src/models/neural/family/familyWeights.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import {
  type CurvePoint,
  FamilyRun,
  type FamilyRunContext,
  type FamilyRunOutcome,
} from "../../../src/training/familyRun.ts";
import { DEFAULT_RECIPE, type Recipe } from "../../../src/training/recipe.ts";
import { scoreStream } from "../../../src/training/scoreStream.ts";
import { TINY } from "../../support/tinyFamily.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const SPEC = { ...TINY, kind: "rnn" as const, layerCount: 1 };
const SMALL = { ...DEFAULT_RECIPE, laneCount: 3, windowTokens: 5, learningRate: 0.02 };

/** One document in which every third token is the same. */
function streamOf(count: number, seed: number): PredictionStream {
  const rng = createRng(seed);
  const tokens = Int32Array.from({ length: count }, (_, index) => (index % 3 === 0 ? 4 : 2 + rng.nextInt(7)));
  tokens[0] = 0;
  return new PredictionStream({
    tokens,
    documentStarts: Int32Array.of(0, count),
    documentCount: 1,
    predictedTokens: count - 1,
    bytes: count,
    pieceBytes: new Uint16Array(9),
  });
}

interface Ran {
  readonly outcome: FamilyRunOutcome;
  readonly points: readonly CurvePoint[];
  /** Of the validation text with the weights that were kept. */
  readonly keptPerplexity: number;
}

/** @param spoiledSteps after which no weight is a number any more */
async function run(
  recipe: Partial<Recipe>,
  changes: Partial<FamilyRunContext> = {},
  spoiledSteps: readonly number[] = [],
): Promise<Ran> {
  const model = new FamilyModel(SPEC, familyWeights(SPEC, createRng(1)), portableKernels);
  const points: CurvePoint[] = [];
  let nowMs = 0;
  let steps = 0;
  const signal = new AbortController().signal;
  const pause = (): Promise<void> => Promise.resolve();
  const validation = streamOf(61, 2);
  const outcome = await new FamilyRun({
    model,
    recipe: { ...SMALL, ...recipe },
    training: streamOf(151, 1),
    validation,
    budgetSeconds: null,
    epochs: 4,
    seed: 1,
    clock: { nowMs: () => (nowMs += 10) },
    signal,
    pause,
    onPoint: (point) => points.push(point),
    onProgress: () => undefined,
    onStep: () => {
      steps++;
      if (spoiledSteps.includes(steps)) {
        const spoiled = [...model.readWeights()].map(([name, values]) => [name, values.map(() => NaN)] as const);
        model.assignWeights(new Map(spoiled));
      }
    },
    ...changes,
  }).run();
  const { nats } = await scoreStream(model, validation, { laneCount: 3, windowTokens: 5, signal, pause });
  model.dispose();
  return { outcome, points, keptPerplexity: Math.exp(nats.reduce((sum, value) => sum + value, 0) / validation.count) };
}

describe("FamilyRun", function () {
  this.timeout(30_000);
  before(usePlainBackend);

  const constant = { schedule: "constant" } as const;

  it("ends with the best weights where the loss is lost and nobody wants it to go on", async () => {
    const { outcome, keptPerplexity } = await run(constant, {}, [25]);
    assert.equal(outcome.stopped, "nonFinite");
    assert.ok(Math.abs(keptPerplexity / outcome.validationPerplexity - 1) < 1e-4);
  });

  for (const { when, step } of [
    { when: "before the first look", step: 2 },
    { when: "after one", step: 25 },
  ]) {
    it(`goes on with half the rate where it is wanted and the loss is lost ${when}, and tells so`, async () => {
      let count = 0;
      const before = tf.memory().numTensors;
      const recovering = await run(constant, { onRecovery: () => count++ }, [step]);
      assert.deepEqual([recovering.outcome.stopped, count], ["epochs", 1]);
      assert.equal(recovering.points.at(-1)?.learningRate, SMALL.learningRate / 2);
      assert.ok(recovering.points.every(({ validationPerplexity }) => Number.isFinite(validationPerplexity)));
      const undisturbed = await run(constant);
      assert.ok(recovering.keptPerplexity < 1.2 * undisturbed.keptPerplexity);
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it("does so once: a second time it ends with the best weights", async () => {
    let count = 0;
    const { outcome, keptPerplexity } = await run(constant, { onRecovery: () => count++ }, [12, 25]);
    assert.deepEqual([outcome.stopped, count], ["nonFinite", 1]);
    assert.ok(Math.abs(keptPerplexity / outcome.validationPerplexity - 1) < 1e-4);
  });

  it("averages anew after it, where weights are averaged", async () => {
    const recipe = { ...constant, optimizer: "ntasgd", nonMonotoneLooks: 0, learningRate: 2 } as const;
    const { outcome, keptPerplexity } = await run(recipe, { epochs: 8, onRecovery: () => undefined }, [60]);
    assert.equal(outcome.stopped, "epochs");
    assert.ok(Number.isFinite(keptPerplexity));
  });

  it("keeps the weights that were best on the validation text, and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    // A rate at which it gets worse again.
    const { outcome, points, keptPerplexity } = await run({ learningRate: 0.3, schedule: "constant" });
    const best = Math.min(...points.map(({ validationPerplexity }) => validationPerplexity));
    assert.equal(outcome.stopped, "epochs");
    assert.ok(Math.abs(outcome.validationPerplexity - best) < 1e-9);
    assert.ok(Math.abs(keptPerplexity - best) < 1e-3);
    assert.equal(tf.memory().numTensors, before);
  });

  it("trains on every prediction once a pass and looks as often as the recipe says", async () => {
    const { outcome, points } = await run({ looksPerPass: 2 });
    assert.equal(outcome.tokens, 4 * 150);
    assert.equal(points.length, 8);
    assert.equal(points.at(-1)?.passes, 4);
  });

  it("multiplies the rate after every pass from one on where the schedule is decay", async () => {
    const { points } = await run({
      optimizer: "sgd",
      schedule: "decay",
      decayAfterPasses: 2,
      decayFactor: 0.5,
      learningRate: 1,
    });
    // As it is for the next pass.
    assert.deepEqual(
      points.slice(0, 3).map(({ learningRate }) => learningRate),
      [1, 0.5, 0.25],
    );
  });

  it("multiplies the rate where the validation text gets no better and the schedule is plateau", async () => {
    const { points } = await run({ schedule: "plateau", learningRate: 0.3, decayFactor: 0.1 });
    let best = Number.POSITIVE_INFINITY;
    let rate = 0.3;
    for (const { validationPerplexity, learningRate } of points) {
      rate *= validationPerplexity < best ? 1 : 0.1;
      best = Math.min(best, validationPerplexity);
      assert.ok(Math.abs(learningRate - rate) < 1e-12);
    }
    assert.ok(rate < 0.3, "it never got worse");
  });

  it("anneals to a fiftieth where the schedule is cosine", async () => {
    const { points } = await run({ looksPerPass: 10 });
    assert.ok((points.at(-2)?.learningRate ?? NaN) < 0.02 * 0.1);
    assert.ok((points[0]?.learningRate ?? NaN) > 0.02 * 0.9);
  });

  it("ends with its budget, having looked ten times at most", async () => {
    const { outcome, points } = await run({}, { epochs: null, budgetSeconds: 6 });
    assert.equal(outcome.stopped, "budget");
    assert.ok(outcome.seconds < 7, `${outcome.seconds} s`);
    assert.ok(points.length >= 3 && points.length <= 11, `${points.length} looks`);
  });

  it("looks seldom where a look takes long, so that most of a budget is for learning", async () => {
    let nowMs = 0;
    let steps = 0;
    const { points } = await run(
      {},
      {
        epochs: null,
        budgetSeconds: 0.2,
        clock: { nowMs: () => nowMs },
        // A step takes as long as one of a look's thirteen windows.
        pause: () => {
          nowMs++;
          return Promise.resolve();
        },
        onStep: () => {
          steps++;
        },
      },
    );
    assert.ok(points.length >= 2 && points.length <= 5, `${points.length} looks`);
    assert.ok(steps > 120, `${steps} steps`);
  });

  /** A clock on which each step, and each window of a look, takes so long. */
  function pacedBy(ms: number): Pick<FamilyRunContext, "clock" | "pause"> {
    let nowMs = 0;
    return {
      clock: { nowMs: () => nowMs },
      pause: () => {
        nowMs += ms;
        return Promise.resolve();
      },
    };
  }

  it("looks first after three seconds of a long budget, and then ever more seldom", async () => {
    const stop = new AbortController();
    const seconds: number[] = [];
    await run(
      {},
      {
        ...{ ...pacedBy(20), epochs: null, budgetSeconds: 600, signal: stop.signal },
        onPoint: ({ elapsedSeconds }) => {
          if (seconds.push(elapsedSeconds) === 3) {
            stop.abort();
          }
        },
      },
    );
    // A look takes a quarter of a second.
    [3, 6, 12].forEach((due, index) => {
      const over = (seconds[index] ?? NaN) - due;
      assert.ok(over >= 0 && over < 2, `look ${index + 1} after ${seconds[index]} s`);
    });
  });

  it("gives up a look that would take more than a fifth of the budget, unless it is the last", async () => {
    let steps = 0;
    const { outcome, points } = await run(
      {},
      {
        // 80 windows of 5 ms.
        ...{ ...pacedBy(5), validation: streamOf(401, 2), epochs: null, budgetSeconds: 1 },
        onStep: () => {
          steps++;
        },
      },
    );
    assert.equal(outcome.stopped, "budget");
    assert.equal(points.length, 1);
    assert.ok(steps > 100, `${steps} steps`);
    assert.ok(outcome.seconds > 0.9 && outcome.seconds < 1.1, `${outcome.seconds} s`);
  });

  for (const epochs of [null, 1000]) {
    it(`judges what it has learnt where it is cancelled (${epochs === null ? "a budget" : "passes"}) and what is best is kept`, async () => {
      const cancelled = (changes: Partial<FamilyRunContext>) => {
        const stop = new AbortController();
        let steps = 0;
        const onStep = (): void => {
          if (++steps === 7) {
            stop.abort();
          }
        };
        const limits = { epochs, budgetSeconds: epochs === null ? 600 : null };
        return run({}, { ...pacedBy(1), ...limits, signal: stop.signal, onStep, ...changes });
      };
      const kept: number[] = [];
      const onBest = ({ nats }: { readonly nats: number }): Promise<void> => {
        kept.push(Math.exp(nats));
        return Promise.resolve();
      };
      const { outcome, points, keptPerplexity } = await cancelled({ onBest });
      assert.deepEqual([outcome.stopped, points.length, kept.length], ["cancelled", 1, 1]);
      assert.ok(Math.abs(keptPerplexity - (kept[0] ?? NaN)) < 1e-3);
      // Where nobody keeps it, nobody waits for it.
      assert.equal((await cancelled({})).points.length, 0);
    });
  }

  it("comes to the end of a look in which it is cancelled, where what is best is kept", async () => {
    const stop = new AbortController();
    let windows = 0;
    const pause = (): Promise<void> => {
      windows++;
      // The first pass has ten steps, and the look behind it thirteen windows.
      if (windows === 15) {
        stop.abort();
      }
      return Promise.resolve();
    };
    const { points } = await run({}, { pause, signal: stop.signal, onBest: () => Promise.resolve() });
    assert.equal(points.length, 1);
  });

  it("hands over the weights of every look that was the best so far", async () => {
    const handed: number[] = [];
    const { points, keptPerplexity } = await run(
      {},
      {
        onBest: ({ nats, weights }) => {
          assert.ok(weights.size > 0);
          handed.push(Math.exp(nats));
          return Promise.resolve();
        },
      },
    );
    const all = points.map(({ validationPerplexity }) => validationPerplexity);
    assert.deepEqual(
      handed,
      all.filter((perplexity, index) => all.slice(0, index).every((before) => perplexity < before)),
    );
    assert.ok(Math.abs((handed.at(-1) ?? NaN) - keptPerplexity) < 1e-3);
  });

  it("learns with every optimizer, and with windows of random length", async () => {
    const recipes: readonly Partial<Recipe>[] = [
      { optimizer: "sgd", learningRate: 1 },
      { optimizer: "momentum", learningRate: 0.2 },
      { optimizer: "rmsprop", learningRate: 0.02 },
      { optimizer: "ntasgd", learningRate: 2, schedule: "constant", nonMonotoneLooks: 1, isWindowRandom: true },
    ];
    for (const recipe of recipes) {
      const { points } = await run({ ...recipe, looksPerPass: 2 });
      const [first, last] = [points[0], points.at(-1)];
      assert.ok((last?.validationPerplexity ?? NaN) < 8, `${recipe.optimizer} ${last?.validationPerplexity}`);
      assert.ok((last?.trainingPerplexity ?? NaN) < (first?.trainingPerplexity ?? NaN), recipe.optimizer);
    }
  });

  it("stops within a step where it is told to", async () => {
    const stop = new AbortController();
    const { outcome } = await run({}, { signal: stop.signal, epochs: 1000, onPoint: () => stop.abort() });
    assert.equal(outcome.stopped, "cancelled");
    assert.ok(outcome.tokens < 400);
  });
});
