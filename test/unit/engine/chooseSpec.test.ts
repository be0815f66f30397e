import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { chooseSpec, type SpecCall } from "../../../src/engine/chooseSpec.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import type { NeuralKernels } from "../../../src/models/neural/neuralKernels.ts";
import type { CellKind } from "../../../src/models/neural/networkSpec.ts";
import type { TrainEvent } from "../../../src/protocol/engineMessages.ts";
import type { TrainingSettings } from "../../../src/training/trainingSettings.ts";
import { modelDefaults } from "../../../src/engine/modelDefaults.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

const VOCABULARY_SIZE = 20;

interface Wanted {
  readonly budgetSeconds: number | null;
  readonly hiddenSize?: number | null;
  readonly layerCount?: number | null;
  readonly tokenizer?: "char" | "bpe";
  readonly freeBytes?: number;
  readonly earlier?: SpecCall["earlier"];
  readonly cell?: CellKind;
  readonly epochs?: number | null;
  readonly settings?: Partial<TrainingSettings>;
  readonly kernels?: NeuralKernels;
  readonly keepsPieces?: boolean;
  /** Of the budget that is over. */
  readonly passedMs?: number;
}

/** On a machine whose clock says that a step takes `stepMs`; windows are small, so that the real ones take no time. */
async function choose(stepMs: number, wanted: Wanted, told: TrainEvent[] = []) {
  const { tokenizer = "bpe", freeBytes = 8e9, earlier = null, cell = "lstm", ...more } = wanted;
  const { kernels, passedMs = 0, ...options } = more;
  const context = new JobBench().context();
  const found = await context.backend("auto");
  const backend = kernels === undefined ? found : { ...found, kernels };
  const defaults = modelDefaults({ backend: "portable", tokenizer, cell, textLength: 1 });
  let nowMs = 0;
  const call = {
    job: { options: { hiddenSize: null, layerCount: null, epochs: null, backend: "auto", ...options } },
    ...{ backend, earlier, cell, beganMs: -passedMs, vocabulary: { size: VOCABULARY_SIZE, kind: tokenizer } },
    defaults: { ...defaults, training: { ...defaults.training, laneCount: 1, windowTokens: 2 } },
    stream: { predictedTokens: 160_000 },
  } as unknown as SpecCall;
  const clock = { nowMs: () => (nowMs += stepMs), epochMs: () => 0 };
  const emit = (event: TrainEvent): void => {
    told.push(event);
  };
  return chooseSpec(call, { ...context, clock, freeBytes: () => freeBytes, emit });
}

describe("The sizes of a network that nobody gave", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("are the usual ones in a short budget, in passes, and over characters", async () => {
    for (const wanted of [
      { budgetSeconds: 120 },
      { budgetSeconds: null },
      { budgetSeconds: 1e6, tokenizer: "char" },
      { budgetSeconds: 1e6, epochs: 3 },
    ] as const) {
      const spec = await choose(1, wanted);
      assert.deepEqual(spec, {
        ...{ cell: "lstm", vocabularySize: VOCABULARY_SIZE, hiddenSize: 192, layerCount: 1, readsMatches: true },
      });
    }
  });

  it("are wider where the steps that are timed here leave time for it, and leave no tensor behind", async () => {
    const before = tf.memory().numTensors;
    // Two tokens in 1 ms are 2,000 a second; 256 units want 3.1 million.
    assert.equal((await choose(1, { budgetSeconds: 1600 })).hiddenSize, 256);
    assert.equal((await choose(1, { budgetSeconds: 1500 })).hiddenSize, 192);
    assert.equal((await choose(4, { budgetSeconds: 1600 })).hiddenSize, 192);
    assert.equal(tf.memory().numTensors, before);
  });

  it("stay where there is little memory", async () => {
    assert.equal((await choose(1, { budgetSeconds: 1600, freeBytes: 6e7 })).hiddenSize, 192);
  });

  it("are left alone where one was given", async () => {
    assert.equal((await choose(1, { budgetSeconds: 1e6, hiddenSize: 24 })).hiddenSize, 24);
    assert.deepEqual(await choose(1, { budgetSeconds: 1e6, layerCount: 2 }), {
      ...{ cell: "lstm", vocabularySize: VOCABULARY_SIZE, hiddenSize: 192, layerCount: 2, readsMatches: true },
    });
  });

  it("are the usual ones of another cell, which nobody measured", async () => {
    assert.equal((await choose(1, { budgetSeconds: 1e6, cell: "gru" })).hiddenSize, 192);
  });

  it("are by what is left of the budget, with the settings that were given", async () => {
    assert.equal((await choose(1, { budgetSeconds: 1700, passedMs: 200_000 })).hiddenSize, 192);
    assert.equal((await choose(1, { budgetSeconds: 1700 })).hiddenSize, 256);
    // Twice the tokens in the same time.
    assert.equal((await choose(1, { budgetSeconds: 800, settings: { laneCount: 2 } })).hiddenSize, 256);
    assert.equal((await choose(1, { budgetSeconds: 800 })).hiddenSize, 192);
  });

  it("stay where the memory is not enough for a step, and nothing of it is kept", async () => {
    const before = tf.memory().numTensors;
    const kernels: NeuralKernels = {
      ...portableKernels,
      adam: () => {
        throw new Error("OOM when allocating tensor");
      },
    };
    assert.equal((await choose(1, { budgetSeconds: 1600, kernels })).hiddenSize, 192);
    assert.equal(tf.memory().numTensors, before);
  });

  it("are those of the run that is gone on with", async () => {
    const spec = { cell: "lstm", vocabularySize: 7, hiddenSize: 48, layerCount: 3 };
    const earlier = { checkpoint: { spec }, isOver: true } as unknown as SpecCall["earlier"];
    const told: TrainEvent[] = [];
    const chosen = await choose(1, { budgetSeconds: 1e6, earlier }, told);
    assert.deepEqual(chosen, { ...spec, vocabularySize: VOCABULARY_SIZE });
    assert.deepEqual(told, []);
  });

  describe("of a run that is gone on with", () => {
    /** What is told where a model of so many units has its schedule behind it. */
    async function toldOf(hiddenSize: number, wanted: Partial<Wanted> = {}, isOver = true): Promise<readonly string[]> {
      const spec = { cell: wanted.cell ?? "lstm", vocabularySize: 7, hiddenSize, layerCount: 1 };
      const earlier = { checkpoint: { spec }, isOver } as unknown as SpecCall["earlier"];
      const told: TrainEvent[] = [];
      const chosen = await choose(1, { budgetSeconds: 1600, earlier, ...wanted }, told);
      assert.equal(chosen.hiddenSize, hiddenSize);
      return told.map((event) => (event.type === "notice" ? event.message : event.type));
    }

    it("stay, which is told where a wider layer suits the new schedule", async () => {
      const [notice, ...others] = await toldOf(192);
      assert.match(notice ?? "", /keeps its 192 units.*a layer of 256 units/u);
      assert.deepEqual(others, []);
    });

    it("stay without a word in the same schedule, where none is wider, and where none was measured", async () => {
      assert.deepEqual(await toldOf(192, {}, false), []);
      assert.deepEqual(await toldOf(256), []);
      assert.deepEqual(await toldOf(64, { budgetSeconds: 30 }), []);
      assert.deepEqual(await toldOf(64, { budgetSeconds: null, epochs: 3 }), []);
      assert.deepEqual(await toldOf(64, { tokenizer: "char" }), []);
      assert.deepEqual(await toldOf(64, { cell: "gru" }), []);
    });

    it("stay without a word where a size was asked for, and where nobody is there", async () => {
      assert.deepEqual(await toldOf(192, { hiddenSize: 192 }), []);
      assert.deepEqual(await toldOf(192, { keepsPieces: true }), []);
    });
  });
});
