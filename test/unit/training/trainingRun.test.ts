import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { EvaluationBatches } from "../../../src/batches/evaluationBatches.ts";
import { encodeDocuments } from "../../../src/batches/tokenStream.ts";
import { createRng } from "../../../src/base/rng.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import type { WeightMap } from "../../../src/models/neural/networkSpec.ts";
import { temperWeights } from "../../../src/models/neural/temperWeights.ts";
import { scoreWindows } from "../../../src/training/scoreWindows.ts";
import type { RunEvaluation } from "../../../src/training/runContext.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

import { type OpenedRun, openRun, texts, vocabulary } from "./openRun.ts";

describe("TrainingRun", () => {
  before(usePlainBackend);

  it("ends at its deadline with the best weights, saved and scored on all held-out text", async () => {
    const opened = openRun({ limits: { budgetSeconds: 30, epochs: null }, secondsAStep: 0.5 });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", left: "model" });
    const last = opened.evaluations.at(-1);
    assert.equal(last?.isFinal, true);
    const best = Math.min(...opened.evaluations.map(({ perplexity }) => perplexity));
    assert.ok(last.perplexity <= best * 1.0001, `kept ${last.perplexity}, had ${best}`);
    assert.ok(last.perplexity < (opened.evaluations[0] as RunEvaluation).perplexity);
    assert.deepEqual(opened.saves.at(-1)?.snapshot.bestWeights, opened.network.readWeights());
    assert.equal(opened.saves.at(-1)?.isLast, true);
    opened.dispose();
  });

  it("keeps weights at the temperature that is best for the sample, of which all its figures are", async () => {
    const spec = { cell: "lstm", vocabularySize: vocabulary.size, hiddenSize: 8, layerCount: 1 } as const;
    const chosen: { readonly raw: WeightMap; readonly temperature: number }[] = [];
    const temper = (raw: WeightMap, temperature: number): WeightMap => {
      chosen.push({ raw, temperature });
      return temperWeights(spec, raw, temperature);
    };
    const limits = { budgetSeconds: 60, epochs: null };
    const opened = openRun({ limits, secondsAStep: 0.5, temper });
    await opened.run.run();
    const plain = openRun({ limits, secondsAStep: 0.5 });
    await plain.run.run();
    const last = opened.evaluations.at(-1) as RunEvaluation;
    // A network that has only begun to learn is not sure enough of what it knows.
    assert.ok(
      chosen.some(({ temperature }) => temperature < 0.9),
      JSON.stringify(chosen.map(({ temperature }) => temperature)),
    );
    assert.ok(last.tally.nats < 0.999 * (plain.evaluations.at(-1) as RunEvaluation).tally.nats);
    const { raw, temperature } = chosen.at(-1) as (typeof chosen)[number];
    assert.deepEqual(opened.network.readWeights(), temperWeights(spec, raw, temperature));
    assert.deepEqual(opened.saves.at(-1)?.snapshot.bestWeights, opened.network.readWeights());
    const best = opened.evaluations.findLast(({ isBest, isFinal }) => isBest && !isFinal) as RunEvaluation;
    assert.ok(Math.abs(last.tally.nats / best.tally.nats - 1) < 1e-5, "the sample is all of the held-out text here");
    opened.dispose();
    plain.dispose();
  });

  it("keeps the mean of its weights where the held-out text is better known with it", async () => {
    // Large steps to the very end, which the mean makes up for.
    const settings = { finalRateShare: 1, learningRate: 0.1, averageDecay: 0.95 };
    const limits = { budgetSeconds: 60, epochs: null };
    const before = tf.memory().numTensors;
    const opened = openRun({ limits, secondsAStep: 0.5, settings });
    await opened.run.run();
    const [raw, mean, last] = opened.evaluations.slice(-3) as [RunEvaluation, RunEvaluation, RunEvaluation];
    assert.ok(mean.isBest && mean.step === raw.step, "two figures of the last step");
    assert.ok(mean.tally.nats < raw.tally.nats, `${mean.tally.nats}, ${raw.tally.nats}`);
    assert.ok(last.isFinal && Math.abs(last.tally.nats / mean.tally.nats - 1) < 1e-5);
    opened.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it("tells of its last steps too, however few they were since the report before", async () => {
    const opened = openRun({ limits: { budgetSeconds: 30, epochs: null }, secondsAStep: 0.2 });
    await opened.run.run();
    assert.equal(opened.steps.at(-1), opened.saves.at(-1)?.snapshot.step);
    opened.dispose();
  });

  it("names what it does after its last step", async () => {
    const opened = openRun({ limits: { budgetSeconds: 30, epochs: null }, secondsAStep: 0.5 });
    await opened.run.run();
    const end = opened.phases.lastIndexOf("training");
    assert.ok(!opened.phases.slice(0, end).includes("saving"), "saving on the way is part of the training");
    assert.deepEqual(opened.phases.slice(end + 1), ["evaluating", "saving", "measuring", "saving"]);
    opened.dispose();
  });

  it("looks several times in a short run too, for less than a tenth of its time", async () => {
    const { sampleSeconds, dispose } = openRun({ limits: { budgetSeconds: null, epochs: 1 } });
    dispose();
    // A run of 45 s whose looks take a second.
    const budgetSeconds = 45 * sampleSeconds;
    const opened = openRun({ limits: { budgetSeconds, epochs: null }, secondsAStep: 1 });
    await opened.run.run();
    const looks = opened.evaluations.filter(({ isFinal }) => !isFinal);
    assert.ok(looks.length >= 4, `${looks.length} looks`);
    // The last one is the end's.
    assert.ok((looks.length - 1) * sampleSeconds <= 0.09 * budgetSeconds, `${looks.length} looks`);
    assert.ok((looks[2]?.elapsedSeconds ?? Infinity) < budgetSeconds / 2);
    opened.dispose();
  });

  it("does not look twice at the same step", async () => {
    // A pass of 22 windows, with a regular look after every 11.
    const settings = { laneCount: 4, windowTokens: 8 };
    const opened = openRun({ limits: { budgetSeconds: null, epochs: 1 }, settings });
    await opened.run.run();
    const looks = opened.evaluations.filter(({ isFinal }) => !isFinal).map(({ step }) => step);
    assert.equal(looks.at(-1), opened.saves.at(-1)?.snapshot.step);
    assert.deepEqual(looks, [...new Set(looks)]);
    opened.dispose();
  });

  it("reports the perplexity that a count of every target gives", async () => {
    const opened = openRun({ limits: { budgetSeconds: null, epochs: 1 } });
    assert.equal((await opened.run.run()).stopped, "epochs");
    const stream = encodeDocuments(texts.slice(4), vocabulary);
    const batches = new EvaluationBatches(stream, { laneCount: 1, windowTokens: 1000 });
    const signal = new AbortController().signal;
    const score = await scoreWindows(opened.network, batches.windows(), {
      signal,
      isRanked: true,
      pause: () => Promise.resolve(),
    });
    const last = opened.evaluations.at(-1) as RunEvaluation;
    assert.equal(last.tally.tokens, stream.predictedTokens);
    assert.equal(score.targetCount, stream.predictedTokens);
    assert.ok(Math.abs(last.perplexity - Math.exp(score.nats / stream.predictedTokens)) < 1e-4);
    assert.ok(Math.abs(last.bitsPerByte - score.nats / Math.LN2 / stream.bytes) < 1e-5);
    assert.ok(score.firstCount <= score.reciprocalRankSum && score.reciprocalRankSum <= score.targetCount);
    opened.dispose();
  });

  it("makes the same model from the same seed where passes limit it", async () => {
    const runs = [0.1, 0.7].map((secondsAStep) =>
      openRun({ limits: { budgetSeconds: null, epochs: 2 }, secondsAStep }),
    );
    for (const { run } of runs) {
      await run.run();
    }
    const [first, second] = runs.map(({ evaluations, saves }) => ({
      looks: evaluations.map(({ step, tally }) => [step, tally]),
      weights: saves.at(-1)?.snapshot.bestWeights,
    }));
    assert.ok((first?.looks.length ?? 0) > 2);
    assert.deepEqual(first, second);
    runs.forEach(({ dispose }) => {
      dispose();
    });
  });

  it("stops within a step of being cancelled, and saves what it has judged", async () => {
    const controller = new AbortController();
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 1000, epochs: null },
      secondsAStep: 1,
      signal: controller.signal,
      onStep: () => {
        if (opened.saves.length > 0) {
          controller.abort();
        }
      },
    });
    assert.equal((await opened.run.run()).stopped, "cancelled");
    assert.equal(opened.saves.at(-1)?.isLast, true);
    const last = opened.saves.at(-1)?.snapshot;
    assert.ok(last !== undefined && last.sampleBest !== null);
    assert.equal(opened.saves.length, 2, "one save while training, one at the end");
    opened.dispose();
  });

  it("saves nothing where there was no time to learn anything", async () => {
    const opened = openRun({ limits: { budgetSeconds: 0.5, epochs: null }, secondsAStep: 1 });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", left: "tooLittle" });
    assert.deepEqual(opened.saves, []);
    opened.dispose();
  });

  it("saves every twenty seconds also while nothing gets better and nobody looks", async () => {
    let isSpoilt = false;
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 200, epochs: null },
      secondsAStep: 1,
      onStep: () => {
        if (opened.saves.length > 0 && !isSpoilt) {
          isSpoilt = true;
          opened.network.assignWeights(initialWeights(opened.network.spec, createRng(9)));
        }
      },
    });
    await opened.run.run();
    const times = opened.saves.filter(({ isLast }) => !isLast).map(({ snapshot }) => snapshot.elapsedSeconds);
    const [first = 0] = times;
    assert.ok(times.length >= 5, `${times.length} saves`);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? first));
    // A look takes as many seconds as the sample has windows.
    assert.ok(
      gaps.every((gap) => gap <= 20 + opened.sampleSeconds + 1),
      String(gaps),
    );
    opened.dispose();
  });

  it("saves before it stands still, once there is something to save", async () => {
    const controller = new AbortController();
    let isEarlyTaken = false;
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 1000, epochs: null },
      secondsAStep: 1,
      signal: controller.signal,
      isToStand: () => {
        const isEarly = !isEarlyTaken;
        isEarlyTaken = true;
        return isEarly || opened.saves.length === 1;
      },
      onStep: () => {
        if (opened.saves.some(({ isStanding }) => isStanding)) {
          controller.abort();
        }
      },
    });
    await opened.run.run();
    assert.deepEqual(
      opened.saves.map(({ isStanding, isLast }) => [isStanding, isLast]),
      [
        [false, false],
        [true, false],
        [false, true],
      ],
    );
    opened.dispose();
  });

  it("writes its first checkpoint soon, however seldom it looks later", async () => {
    const timed = openRun({ limits: { budgetSeconds: 300, epochs: null }, secondsAStep: 2 });
    await timed.run.run();
    const firstTimed = timed.saves[0]?.snapshot.elapsedSeconds ?? Infinity;
    assert.ok(
      firstTimed < 20 * timed.sampleSeconds,
      `after ${firstTimed} s, a look takes ${2 * timed.sampleSeconds} s`,
    );
    timed.dispose();
    const passes = openRun({ limits: { budgetSeconds: null, epochs: 1 }, settings: { laneCount: 1, windowTokens: 4 } });
    await passes.run.run();
    const looks = passes.evaluations.filter(({ isFinal }) => !isFinal).map(({ step }) => step);
    assert.deepEqual(looks.slice(0, 3), [16, 32, 64]);
    passes.dispose();
  });

  it("ends with its budget, the last look and the final figure included, less what is reserved for others", async () => {
    for (const reservedSeconds of [0, 30]) {
      const opened = openRun({ limits: { budgetSeconds: 200, epochs: null }, secondsAStep: 1, reservedSeconds });
      assert.equal((await opened.run.run()).stopped, "budget");
      const last = opened.evaluations.at(-1);
      assert.ok(last?.isFinal);
      const end = 200 - reservedSeconds;
      assert.ok(last.elapsedSeconds <= end + 1, `${last.elapsedSeconds} s of ${end}`);
      assert.ok(last.elapsedSeconds >= end * 0.85, `${last.elapsedSeconds} s of ${end}`);
      opened.dispose();
    }
  });

  it("judges weights that were kept by another measure, and leaves them as they are where it makes none better", async () => {
    const first = openRun({ limits: { budgetSeconds: null, epochs: 3 } });
    await first.run.run();
    const good = first.network.readWeights();
    first.dispose();
    const start = {
      step: 5,
      trainedTokens: 0,
      elapsedSeconds: 0,
      weightsFrom: "model",
      best: null,
      bestWeights: good,
    } as const;
    const second = openRun({ limits: { budgetSeconds: null, epochs: 1 }, start });
    assert.deepEqual(await second.run.run(), { stopped: "epochs", left: "earlierModel" });
    assert.ok(second.evaluations.length > 0 && second.evaluations.every(({ isBest }) => !isBest));
    assert.ok(!second.phases.includes("measuring"));
    // That its schedule is over.
    assert.deepEqual(
      second.saves.map(({ snapshot, isLast }) => [snapshot.bestWeights, snapshot.bestStep, isLast]),
      [[good, 5, true]],
    );
    second.dispose();
  });

  it("keeps the figure of weights that it did not better when it is stopped, and where it stood", async () => {
    const first = openRun({ limits: { budgetSeconds: null, epochs: 5 } });
    await first.run.run();
    const [good, best] = [first.network.readWeights(), first.saves.at(-1)?.snapshot.sampleBest ?? null];
    first.dispose();
    const controller = new AbortController();
    const validation = { tokens: 7, bytes: 8, nats: 9 };
    const second = openRun({
      limits: { budgetSeconds: null, epochs: 2 },
      start: {
        step: 5,
        trainedTokens: 0,
        elapsedSeconds: 0,
        weightsFrom: "model",
        best,
        bestWeights: good,
        validation,
      },
      signal: controller.signal,
      onStep: (step) => {
        if (step === 3) {
          controller.abort();
        }
      },
    });
    assert.equal((await second.run.run()).stopped, "cancelled");
    const snapshot = second.saves.at(-1)?.snapshot;
    assert.deepEqual([snapshot?.step, snapshot?.bestStep, snapshot?.validation], [8, 5, validation]);
    second.dispose();
  });

  it("saves nothing when it is cancelled before it knows how good it is", async () => {
    const controller = new AbortController();
    const opened = openRun({
      limits: { budgetSeconds: 1000, epochs: null },
      secondsAStep: 0.01,
      signal: controller.signal,
      onStep: () => {
        controller.abort();
      },
    });
    assert.deepEqual(await opened.run.run(), { stopped: "cancelled", left: "tooLittle" });
    assert.deepEqual(opened.saves, []);
    opened.dispose();
  });

  it("has the window of a step that failed read again", async () => {
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 60, epochs: null },
      secondsAStep: 1,
      onStep: (step) => {
        if (step === 3) {
          opened.failNextStep();
        }
      },
    });
    const { windowIndex } = opened.run.position;
    await assert.rejects(opened.run.run(), /OOM/);
    assert.equal(opened.run.reached.step, 3);
    assert.equal(opened.run.position.windowIndex, windowIndex + 3);
    opened.dispose();
  });

  it("tells a network that knows less than guessing from one that had too little time", async () => {
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 20, epochs: null },
      secondsAStep: 1,
      onStep: () => {
        const bias = opened.network.parameters.get("softmax/bias") as tf.Variable;
        bias.assign(tf.tensor1d(Array.from({ length: bias.size }, (_, token) => (token === 0 ? 4 : 0))));
      },
    });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", left: "lost" });
    assert.deepEqual(opened.saves, []);
    opened.dispose();
  });

  it("tells that it made no step where it goes on with no time left", async () => {
    const good = openRun({ limits: { budgetSeconds: null, epochs: 12 } });
    await good.run.run();
    const start = {
      step: 5,
      trainedTokens: 0,
      elapsedSeconds: 9,
      weightsFrom: "model",
      best: null,
      bestWeights: good.network.readWeights(),
    } as const;
    good.dispose();
    const opened = openRun({ limits: { budgetSeconds: 9, epochs: null }, start });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", left: "noStep" });
    opened.dispose();
  });
});
