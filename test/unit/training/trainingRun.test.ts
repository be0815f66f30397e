import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { EvaluationBatches } from "../../../src/batches/evaluationBatches.ts";
import { LaneBatcher } from "../../../src/batches/laneBatcher.ts";
import { encodeDocuments } from "../../../src/batches/tokenStream.ts";
import { createRng } from "../../../src/base/rng.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { RecurrentNetwork } from "../../../src/models/neural/recurrentNetwork.ts";
import { scoreWindows } from "../../../src/training/scoreWindows.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import {
  TrainingRun,
  type RunContext,
  type RunEvaluation,
  type RunSnapshot,
} from "../../../src/training/trainingRun.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../../../src/training/trainingSettings.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const texts = Array.from({ length: 6 }, (_, index) => `open valve ${index}\nnotify the crew\n`.repeat(6));
const vocabulary = trainCharVocabulary(texts);
const settings = { ...DEFAULT_TRAINING_SETTINGS, laneCount: 4, windowTokens: 16, learningRate: 1e-2 };

interface Recorded {
  readonly evaluations: RunEvaluation[];
  readonly saves: { readonly snapshot: RunSnapshot; readonly isLast: boolean }[];
  readonly steps: number[];
}

interface OpenedRun extends Recorded {
  readonly run: TrainingRun;
  readonly network: RecurrentNetwork;
  readonly dispose: () => void;
}

function openRun(changes: {
  readonly limits: RunContext["limits"];
  readonly secondsAStep?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
}): OpenedRun {
  const spec = { cell: "lstm", vocabularySize: vocabulary.size, hiddenSize: 8, layerCount: 1 } as const;
  const weights = initialWeights(spec, createRng(1));
  const network = new RecurrentNetwork(spec, weights, portableKernels);
  const trainer = new Trainer(network, settings);
  const time = new ManualTime();
  const recorded: Recorded = { evaluations: [], saves: [], steps: [] };
  const held = new EvaluationBatches(encodeDocuments(texts.slice(4), vocabulary), settings);
  const heldOut = { bytes: held.bytes, windows: () => held.windows() };
  let step = 0;
  const context: RunContext = {
    network,
    trainer,
    stream: new LaneBatcher(encodeDocuments(texts.slice(0, 4), vocabulary), { ...settings, seed: 1 }),
    sample: heldOut,
    heldOut,
    settings,
    limits: changes.limits,
    seed: 1,
    clock: time,
    signal: changes.signal ?? new AbortController().signal,
    listener: {
      onProgress: (progress) => recorded.steps.push(progress.step),
      onEvaluation: (evaluation) => recorded.evaluations.push(evaluation),
      onPhase: () => undefined,
      save: (snapshot, { isLast }) => {
        recorded.saves.push({ snapshot, isLast });
        return Promise.resolve();
      },
    },
    pause: () => {
      time.advance((changes.secondsAStep ?? 0) * 1000);
      changes.onStep?.(++step);
      return Promise.resolve();
    },
  };
  const run = new TrainingRun(context, {
    step: 0,
    trainedTokens: 0,
    elapsedSeconds: 0,
    best: null,
    bestWeights: weights,
  });
  return {
    ...recorded,
    run,
    network,
    dispose: () => {
      trainer.dispose();
      network.dispose();
    },
  };
}

describe("TrainingRun", () => {
  before(usePlainBackend);

  it("ends at its deadline with the best weights, saved and scored on all held-out text", async () => {
    const opened = openRun({ limits: { budgetSeconds: 30, epochs: null }, secondsAStep: 0.5 });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", isSaved: true });
    const last = opened.evaluations.at(-1);
    assert.equal(last?.isFinal, true);
    const best = Math.min(...opened.evaluations.map(({ perplexity }) => perplexity));
    assert.ok(last.perplexity <= best * 1.0001, `kept ${last.perplexity}, had ${best}`);
    assert.ok(last.perplexity < (opened.evaluations[0] as RunEvaluation).perplexity);
    assert.deepEqual(opened.saves.at(-1)?.snapshot.bestWeights, opened.network.readWeights());
    assert.equal(opened.saves.at(-1)?.isLast, true);
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
    assert.ok(last !== undefined && last.best !== null);
    assert.equal(opened.saves.length, 2, "one save while training, one at the end");
    opened.dispose();
  });

  it("saves nothing where there was no time to learn anything", async () => {
    const opened = openRun({ limits: { budgetSeconds: 0.5, epochs: null }, secondsAStep: 1 });
    assert.deepEqual(await opened.run.run(), { stopped: "budget", isSaved: false });
    assert.deepEqual(opened.saves, []);
    opened.dispose();
  });

  it("saves now and then also while nothing gets better", async () => {
    const opened = openRun({ limits: { budgetSeconds: 2000, epochs: null }, secondsAStep: 10 });
    await opened.run.run();
    const looks = opened.evaluations.filter(({ isFinal }) => !isFinal);
    assert.ok(
      looks.some(({ isBest }) => !isBest),
      "the run has moments without improvement",
    );
    const worthwhile = looks.filter(({ perplexity }) => perplexity < vocabulary.size * 0.9);
    const saves = opened.saves.filter(({ isLast }) => !isLast);
    // The last look belongs to the end of the run, which saves on its own.
    assert.ok(saves.length >= worthwhile.length - 1, `${saves.length} saves at ${worthwhile.length} looks`);
    opened.dispose();
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
    assert.deepEqual(await opened.run.run(), { stopped: "cancelled", isSaved: false });
    assert.deepEqual(opened.saves, []);
    opened.dispose();
  });

  it("stops at a loss that is not finite with the weights that were best", async () => {
    let isSpoilt = false;
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 600, epochs: null },
      secondsAStep: 1,
      onStep: () => {
        if (opened.saves.length > 0 && !isSpoilt) {
          isSpoilt = true;
          const bias = opened.network.parameters.get("softmax/bias") as tf.Variable;
          bias.assign(tf.fill(bias.shape, Number.NaN));
        }
      },
    });
    assert.equal((await opened.run.run()).stopped, "nonFinite");
    const weights = opened.network.readWeights();
    assert.ok([...weights.values()].every((values) => values.every(Number.isFinite)));
    assert.ok((opened.evaluations.at(-1) as RunEvaluation).perplexity < vocabulary.size);
    opened.dispose();
  });
});
