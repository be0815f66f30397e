import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../../src/base/rng.ts";
import { type LabelledSequence, packSequences } from "../../../../../src/batches/labelBatches.ts";
import { Labeller } from "../../../../../src/models/neural/labelling/labeller.ts";
import {
  LABEL_HEADS,
  labellerFault,
  labellerShapes,
  type LabellerSpec,
} from "../../../../../src/models/neural/labelling/labellerSpec.ts";
import { labellerWeights } from "../../../../../src/models/neural/labelling/labellerWeights.ts";
import type { WeightMap } from "../../../../../src/models/neural/networkSpec.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { LabellerRun } from "../../../../../src/training/labellerRun.ts";
import { packTensors } from "../../../../../src/training/packTensors.ts";
import { scoreLabels } from "../../../../../src/training/scoreLabels.ts";
import { LARGEST_SCALE, overflowingKernels } from "../../../../support/halfKernels.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

const F = 2;
const SPEC: LabellerSpec = {
  cell: "lstm",
  directions: "both",
  head: "each",
  vocabularySize: 9,
  embeddingSize: 3,
  hiddenSize: 4,
  layerCount: 2,
  labelCount: 3,
  dropout: 0,
};

/** Every kind of layer, every head, and one direction alone. */
const CASES: readonly LabellerSpec[] = [
  ...(["rnn", "lstm", "gru"] as const).map((cell) => ({ ...SPEC, cell })),
  ...LABEL_HEADS.map((head) => ({ ...SPEC, head, layerCount: 1 })),
  ...LABEL_HEADS.map((head) => ({ ...SPEC, head, layerCount: 1, directions: "forward" as const })),
];

function nameOf({ cell, head, directions, layerCount }: LabellerSpec): string {
  return `${cell}, ${head}, ${directions}, ${layerCount}`;
}

/** Weights large enough that nothing is nearly linear. */
function weightsOf(spec: LabellerSpec): WeightMap {
  const rng = createRng(5);
  return new Map(
    [...labellerWeights(spec, rng)].map(([name, values]) => [
      name,
      values.map((value) => value * (name === "embedding" ? 8 : 1.5) + (rng.next() - 0.5) * 0.4),
    ]),
  );
}

function sequencesOf(spec: LabellerSpec, lengths: readonly number[], seed = 2): readonly LabelledSequence[] {
  const rng = createRng(seed);
  return lengths.map((length) => ({
    units: Int32Array.from({ length: length * F }, () => rng.nextInt(spec.vocabularySize)),
    labels: Int32Array.from({ length: spec.head === "each" ? length : 1 }, () => rng.nextInt(spec.labelCount)),
  }));
}

/** The loss; with the gradients of all parameters where `gradients` is there to take them. */
function lossOf(
  spec: LabellerSpec,
  { weights, gradients }: { readonly weights: WeightMap; readonly gradients?: Map<string, Float32Array> },
  sequences: readonly LabelledSequence[],
): number {
  const model = new Labeller(spec, weights, portableKernels);
  let nats = NaN;
  tf.tidy(() => {
    const batch = packTensors(packSequences(sequences, { fieldCount: F, isEach: spec.head === "each" }));
    let kept: readonly tf.Tensor[] = [];
    const measure = (): tf.Scalar => {
      const loss = model.loss(batch, { dropoutRate: 0, seed: 1 });
      kept = loss.kept;
      return loss.nats;
    };
    if (gradients === undefined) {
      nats = measure().dataSync()[0] as number;
    } else {
      const { value, grads } = tf.variableGrads(measure, [...model.parameters.values()]);
      nats = value.dataSync()[0] as number;
      for (const [name, { name: key }] of model.parameters) {
        gradients.set(name, (grads[key] as tf.Tensor).dataSync<"float32">().slice());
      }
    }
    tf.dispose([...kept]);
  });
  model.dispose();
  return nats;
}

function scoresOf(spec: LabellerSpec, weights: WeightMap, sequences: readonly LabelledSequence[]): Float32Array[] {
  const model = new Labeller(spec, weights, portableKernels);
  const isEach = spec.head === "each";
  const scores = tf.tidy(() =>
    model
      .logProbabilities(packTensors(packSequences(sequences, { fieldCount: F, isEach })))
      .dataSync<"float32">()
      .slice(),
  );
  model.dispose();
  const [K, B] = [spec.labelCount, sequences.length];
  return sequences.map(({ labels }, lane) =>
    Float32Array.from(
      Array.from(labels, (_, t) => {
        const row = (isEach ? t * B + lane : lane) * K;
        return Array.from(scores.subarray(row, row + K));
      }).flat(),
    ),
  );
}

describe("A labeller", function () {
  this.timeout(120_000);
  before(usePlainBackend);

  for (const spec of CASES) {
    it(`has the gradients that central differences show (${nameOf(spec)})`, () => {
      const weights = weightsOf(spec);
      const sequences = sequencesOf(spec, [4, 1, 3]);
      const gradients = new Map<string, Float32Array>();
      lossOf(spec, { weights, gradients }, sequences);
      const rng = createRng(9);
      const step = 5e-3;
      for (const { name } of labellerShapes(spec)) {
        const values = weights.get(name) as Float32Array;
        for (let check = 0; check < 3; check++) {
          const index = rng.nextInt(values.length);
          const lossAt = (by: number): number => {
            const changed = values.slice();
            changed[index] = (values[index] as number) + by;
            return lossOf(spec, { weights: new Map([...weights, [name, changed]]) }, sequences);
          };
          const expected = (lossAt(step) - lossAt(-step)) / (2 * step);
          const actual = gradients.get(name)?.[index] ?? NaN;
          assert.ok(Math.abs(actual - expected) < 4e-3 + 0.02 * Math.abs(expected), `${name}: ${actual}, ${expected}`);
        }
      }
    });

    it(`says the same of a sequence whatever it is batched with (${nameOf(spec)})`, () => {
      const weights = weightsOf(spec);
      const sequences = sequencesOf(spec, [3, 9, 1, 6]);
      const together = scoresOf(spec, weights, sequences);
      sequences.forEach((sequence, index) => {
        const [alone = []] = scoresOf(spec, weights, [sequence]);
        assert.equal(alone.length, together[index]?.length);
        assert.ok(largestDifference(alone, together[index] ?? []) < 1e-6, `sequence ${index}`);
      });
    });
  }

  it("gives distributions, whose logarithms are the loss", () => {
    for (const head of LABEL_HEADS) {
      const spec = { ...SPEC, head };
      const sequences = sequencesOf(spec, [3, 5]);
      const scores = scoresOf(spec, weightsOf(spec), sequences);
      let nats = 0;
      scores.forEach((rows, index) => {
        sequences[index]?.labels.forEach((label, t) => {
          const row = rows.subarray(t * 3, t * 3 + 3);
          assert.ok(Math.abs(row.reduce((sum, value) => sum + Math.exp(value), 0) - 1) < 1e-5);
          nats -= row[label] ?? NaN;
        });
      });
      assert.ok(Math.abs(nats - lossOf(spec, { weights: weightsOf(spec) }, sequences)) < 1e-4);
    }
  });

  it("knows what comes after a unit where it reads both ways, and only then", () => {
    for (const directions of ["both", "forward"] as const) {
      const spec = { ...SPEC, directions };
      const [sequence] = sequencesOf(spec, [5]) as [LabelledSequence];
      const changed = { ...sequence, units: sequence.units.map((id, at) => (at === 4 * F ? (id + 1) % 9 : id)) };
      const [first, second] = [sequence, changed].map((one) => scoresOf(spec, weightsOf(spec), [one])[0]);
      const difference = largestDifference((first ?? []).slice(0, 3), (second ?? []).slice(0, 3));
      assert.ok(directions === "both" ? difference > 1e-5 : difference === 0, `${directions}: ${difference}`);
    }
  });

  for (const { head, kernels, what } of [
    { head: "each", kernels: portableKernels, what: "a label for each unit" },
    { head: "max", kernels: portableKernels, what: "one label" },
    { head: "max", kernels: null, what: "one label, in float16, whose gradients overflow at first" },
  ] as const) {
    it(`learns a few sequences by heart, and leaves no tensor behind (${what})`, async () => {
      const spec: LabellerSpec = { ...SPEC, head, embeddingSize: 8, hiddenSize: 12, layerCount: 1 };
      const before = tf.memory().numTensors;
      const overflowing = overflowingKernels();
      const model = new Labeller(spec, labellerWeights(spec, createRng(1)), kernels ?? overflowing);
      const sequences = sequencesOf(spec, [6, 4, 5, 2, 7, 3]);
      const context = { signal: new AbortController().signal, pause: () => Promise.resolve() };
      const outcome = await new LabellerRun({
        ...context,
        model,
        fieldCount: F,
        training: sequences,
        validation: sequences,
        budgetSeconds: null,
        epochs: head === "each" ? 120 : 40,
        seed: 1,
        clock: { nowMs: () => 0 },
        onPoint: () => undefined,
        onProgress: () => undefined,
      }).run();
      assert.equal(overflowing.lossScale.value < LARGEST_SCALE, kernels === null);
      assert.equal(outcome.validation?.accuracy, 1);
      assert.ok(outcome.validation.nats < 0.2, String(outcome.validation.nats));
      const limits = { laneCount: 4, cellCount: 100 };
      const scores = await scoreLabels(model, sequences, { ...context, fieldCount: F, limits });
      assert.equal(scores?.length, sequences.length);
      model.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it("is refused where its sizes make no sense, with what to change", () => {
    assert.equal(labellerFault(SPEC), null);
    assert.match(
      labellerFault({ ...SPEC, layerCount: 0 }) ?? "",
      /layerCount is 0; choose a whole number from 1 to 4/u,
    );
    assert.match(labellerFault({ ...SPEC, labelCount: 1 }) ?? "", /labelCount is 1; choose .* from 2/u);
    assert.match(labellerFault({ ...SPEC, dropout: 1 }) ?? "", /dropout is 1; choose/u);
  });
});
