import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import type { LaneBatch } from "../../../src/batches/laneBatches.ts";
import { PredictionStream } from "../../../src/batches/predictionStream.ts";
import { RingLanes } from "../../../src/batches/ringLanes.ts";
import { FamilyModel } from "../../../src/models/neural/family/familyModel.ts";
import type { FamilySpec } from "../../../src/models/neural/family/familySpec.ts";
import type { WeightMap } from "../../../src/models/neural/networkSpec.ts";
import type { NeuralKernels } from "../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { DynamicEvaluator, type DynamicRates, type DynamicScore } from "../../../src/training/dynamicEvaluation.ts";
import { scoreStream } from "../../../src/training/scoreStream.ts";
import { LARGEST_SCALE, overflowingKernels } from "../../support/halfKernels.ts";
import { FAMILY_CASES, familyLoss, TINY, tinyFamilyWeights } from "../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../support/tinyNetwork.ts";

const SPEC: FamilySpec = { ...TINY, kind: "lstm", layerCount: 1 };
const WAITING = { signal: new AbortController().signal, pause: () => Promise.resolve() };
const SEED = 1;

/** A document of these tokens behind START. */
function streamOf(targets: readonly number[]): PredictionStream {
  const tokens = Int32Array.of(0, ...targets);
  return new PredictionStream({
    tokens,
    documentStarts: Int32Array.of(0, tokens.length),
    documentCount: 1,
    predictedTokens: targets.length,
    bytes: targets.length,
    pieceBytes: new Uint16Array(TINY.vocabularySize),
  });
}

function drawn(
  count: number,
  seed: number,
  [from, to]: readonly [number, number] = [2, TINY.vocabularySize],
): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => from + rng.nextInt(to - from));
}

interface Scored {
  readonly dynamic: DynamicScore;
  readonly plainNats: Float32Array;
}

interface ScoreCall extends DynamicRates {
  readonly text: readonly number[];
  readonly training?: readonly number[];
  readonly segmentTokens?: number;
  readonly spec?: FamilySpec;
  readonly kernels?: NeuralKernels;
}

/** A text scored both ways by one model, the plain way last, so that weights which were not put back would show. */
async function score({
  text,
  training,
  segmentTokens = 5,
  spec = SPEC,
  kernels = portableKernels,
  ...rates
}: ScoreCall): Promise<Scored> {
  const model = new FamilyModel(spec, tinyFamilyWeights(spec), kernels);
  const options = { segmentTokens, seed: SEED, ...WAITING };
  const evaluator = await DynamicEvaluator.open(model, streamOf(training ?? drawn(300, 7)), options);
  const dynamic = await evaluator.score(streamOf(text), { ...rates, ...WAITING });
  evaluator.dispose();
  const plain = await scoreStream(model, streamOf(text), { laneCount: 1, windowTokens: 8, ...WAITING });
  model.dispose();
  return { dynamic, plainNats: plain.nats };
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Gradients of the mean loss of the last batch, from the loss that trains. */
function meanGradients(
  { spec, weights }: { readonly spec: FamilySpec; readonly weights: WeightMap },
  batches: readonly LaneBatch[],
): ReadonlyMap<string, Float32Array> {
  const count = (batches.at(-1) as LaneBatch).targets.length;
  return new Map(
    [...familyLoss(spec, weights, { batches }).gradients].map(([name, gradient]) => [
      name,
      gradient.map((value) => value / count),
    ]),
  );
}

interface ByHandCall extends Required<Omit<ScoreCall, "training" | "kernels">> {
  readonly training: readonly number[];
}

/** Equations 7 to 10 of Krause et al. (2018) in plain numbers; the carried state is that of the weights that read it. */
function nextWeights(
  weights: WeightMap,
  { trained, sizes, gradients, learningRate, decay }: MoveCall,
): ReadonlyMap<string, Float32Array> {
  const means = [...sizes.values()].map((size) => sum(size) / size.length);
  const mean = means.reduce((total, value) => total + value, 0) / means.length;
  return new Map(
    [...weights].map(([name, values]) => [
      name,
      values.map((value, index) => {
        const size = sizes.get(name)?.[index] as number;
        const back = Math.min((decay * size) / mean, 1) * ((trained.get(name)?.[index] as number) - value);
        return value + back - (learningRate * (gradients.get(name)?.[index] as number)) / (size + 2e-5);
      }),
    ]),
  );
}

interface MoveCall extends DynamicRates {
  readonly trained: WeightMap;
  readonly sizes: WeightMap;
  readonly gradients: WeightMap;
}

/** The loss of the second segment, and of the third, each one document long, so that no state is carried between them. */
function byHand({ spec, text, training, segmentTokens, ...rates }: ByHandCall): number[] {
  const trained = tinyFamilyWeights(spec);
  const laneCount = training.length / segmentTokens;
  const lanes = new RingLanes(streamOf(training), { laneCount, seed: SEED });
  const statistics = meanGradients({ spec, weights: trained }, [lanes.next(segmentTokens)]);
  const sizes = new Map([...statistics].map(([name, gradient]) => [name, gradient.map(Math.abs)]));
  let weights: WeightMap = trained;
  return Array.from({ length: text.length / segmentTokens }, (_, index) => {
    const batch = documents(text, segmentTokens).window(
      [{ first: index * segmentTokens, countsFrom: 0, isCleared: false }],
      { windowTokens: segmentTokens, isRing: false },
    );
    const loss = familyLoss(spec, weights, { batches: [batch] }).losses[0] as number;
    const gradients = meanGradients({ spec, weights }, [batch]);
    weights = nextWeights(weights, { trained, sizes, gradients, ...rates });
    return loss;
  });
}

/** The same text as documents of so many tokens. */
function documents(text: readonly number[], length: number): PredictionStream {
  const count = text.length / length;
  const tokens = Array.from({ length: count }, (_, index) => [0, ...text.slice(index * length, (index + 1) * length)]);
  return new PredictionStream({
    tokens: Int32Array.from(tokens.flat()),
    documentStarts: Int32Array.from({ length: count + 1 }, (_, index) => index * (length + 1)),
    documentCount: count,
    predictedTokens: text.length,
    bytes: text.length,
    pieceBytes: new Uint16Array(TINY.vocabularySize),
  });
}

describe("Dynamic evaluation", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [name, spec] of FAMILY_CASES) {
    it(`moves the weights as its equations say (${name})`, async () => {
      const [text, training, segmentTokens] = [drawn(20, 3), drawn(10, 4), 5];
      const rates = { learningRate: 3e-3, decay: 0.3 };
      const model = new FamilyModel(spec, tinyFamilyWeights(spec), portableKernels);
      const options = { segmentTokens, seed: SEED, ...WAITING };
      const evaluator = await DynamicEvaluator.open(model, streamOf(training), options);
      const { nats } = await evaluator.score(documents(text, segmentTokens), { ...rates, ...WAITING });
      evaluator.dispose();
      model.dispose();
      const losses = Array.from({ length: 4 }, (_, index) => sum(nats.subarray(index * 5, (index + 1) * 5)));
      const distanceTo = (other: DynamicRates): number =>
        largestDifference(losses, byHand({ spec, text, training, segmentTokens, ...other }));
      const off = distanceTo(rates);
      assert.ok(off < 1e-4, `off by ${off}`);
      const without = [distanceTo({ ...rates, learningRate: 0 }), distanceTo({ ...rates, decay: 0 })];
      assert.ok(
        Math.min(...without) > 20 * Math.max(off, 1e-6),
        `off by ${off}, without a part of it ${without.join(", ")}`,
      );
    });
  }

  it("goes on where gradients overflow in float16, with less scale", async () => {
    const kernels = overflowingKernels();
    const call = { text: drawn(40, 3), learningRate: 1e-3, decay: 0.02 };
    const before = tf.memory().numTensors;
    const { dynamic } = await score({ ...call, kernels });
    assert.ok(kernels.lossScale.value < LARGEST_SCALE);
    assert.equal(tf.memory().numTensors, before);
    const expected = await score(call);
    assert.ok(largestDifference(dynamic.nats, expected.dynamic.nats) < 0.05);
  });

  it("gives what the weights give as they are where the rate is 0, and puts them back", async () => {
    for (const learningRate of [0, 0.01]) {
      const { dynamic, plainNats } = await score({ text: drawn(83, 2), learningRate, decay: 0.1 });
      const difference = largestDifference(dynamic.nats, plainNats);
      assert.ok(learningRate === 0 ? difference < 1e-6 : difference > 0.01, `${difference} at ${learningRate}`);
    }
    const unmoved = await score({ text: drawn(83, 2), learningRate: 0, decay: 0 });
    const after = await score({ text: drawn(83, 2), learningRate: 0.05, decay: 0.1 });
    assert.deepEqual(after.plainNats, unmoved.plainNats);
  });

  it("helps on a text that changes", async () => {
    // Two tokens only, then two others.
    const text = [...drawn(150, 5, [2, 4]), ...drawn(150, 6, [6, 8])];
    const { dynamic, plainNats } = await score({ text, learningRate: 3e-4, decay: 1e-3 });
    assert.ok(sum(dynamic.nats) < 0.7 * sum(plainNats), `${sum(dynamic.nats)} of ${sum(plainNats)}`);
  });

  it("comes back the sooner the larger the decay, at most to where the weights were", async () => {
    const text = drawn(60, 5, [2, 4]);
    const moved = async (decay: number): Promise<number> => {
      const { dynamic, plainNats } = await score({ text, learningRate: 3e-3, decay });
      return largestDifference(dynamic.nats.subarray(50), plainNats.subarray(50));
    };
    const [free, held, tied] = [await moved(0), await moved(0.2), await moved(1e6)];
    assert.ok(free > 1.5 * held && held > tied && Number.isFinite(tied), `${free} ${held} ${tied}`);
  });

  it("has seen no token before it is scored", async () => {
    const text = drawn(60, 8);
    const changed = 33; // Within a segment.
    const other = text.with(changed, text[changed] === 2 ? 3 : 2);
    const rates = { learningRate: 5e-3, decay: 1e-3 };
    const [one, two] = [await score({ text, ...rates }), await score({ text: other, ...rates })];
    assert.deepEqual(one.dynamic.nats.subarray(0, changed), two.dynamic.nats.subarray(0, changed));
    // What was likeliest at the place itself was settled before.
    assert.deepEqual(one.dynamic.bestNats.subarray(0, changed + 1), two.dynamic.bestNats.subarray(0, changed + 1));
    assert.ok(largestDifference(one.dynamic.nats.subarray(changed + 1), two.dynamic.nats.subarray(changed + 1)) > 1e-3);
  });

  it("leaves no tensor behind, also where it is stopped, and says so", async () => {
    const before = tf.memory().numTensors;
    const model = new FamilyModel(SPEC, tinyFamilyWeights(SPEC), portableKernels);
    const options = { segmentTokens: 5, seed: SEED, ...WAITING };
    const evaluator = await DynamicEvaluator.open(model, streamOf(drawn(300, 7)), options);
    const stop = new AbortController();
    let segments = 0;
    const { isCancelled, nats } = await evaluator.score(streamOf(drawn(60, 8)), {
      learningRate: 1e-3,
      decay: 0.1,
      signal: stop.signal,
      pause: () => {
        segments++;
        if (segments === 3) {
          stop.abort();
        }
        return Promise.resolve();
      },
    });
    assert.ok(isCancelled && (nats[14] as number) > 0 && nats[15] === 0);
    evaluator.dispose();
    model.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
