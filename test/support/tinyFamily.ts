import "@tensorflow/tfjs"; // Registers gradients and the plain JavaScript backend.
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../src/base/rng.ts";
import type { LaneBatch } from "../../src/batches/laneBatches.ts";
import { FamilyModel } from "../../src/models/neural/family/familyModel.ts";
import { DEFAULT_FAMILY_SPEC, type FamilySpec } from "../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../src/models/neural/family/familyWeights.ts";
import type { WeightMap } from "../../src/models/neural/networkSpec.ts";
import type { NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { disposeCarried } from "../../src/models/neural/trainableModel.ts";
import { windowTensors } from "../../src/training/windowTensors.ts";

/** Small enough to check every number. */
export const TINY: FamilySpec = {
  ...DEFAULT_FAMILY_SPEC,
  vocabularySize: 9,
  embeddingSize: 4,
  hiddenSize: 6,
  layerCount: 2,
  isTied: false,
  headCount: 2,
  depth: 3,
  contextTokens: 3,
};

/** One of each kind, and each option once. */
export const FAMILY_CASES: readonly (readonly [string, FamilySpec])[] = [
  ["a window", { ...TINY, kind: "window" }],
  ["a window with direct connections", { ...TINY, kind: "window", hasDirectConnections: true, layerCount: 1 }],
  ["a simple network", { ...TINY, kind: "rnn" }],
  ["a simple network, tied", { ...TINY, kind: "rnn", isTied: true }],
  ["an LSTM", { ...TINY, kind: "lstm" }],
  ["an LSTM, tied and residual", { ...TINY, kind: "lstm", isTied: true, isResidual: true, embeddingSize: 6 }],
  ["an LSTM with peepholes", { ...TINY, kind: "peepholeLstm" }],
  ["a GRU", { ...TINY, kind: "gru" }],
  ["a recurrent highway", { ...TINY, kind: "highway", layerCount: 1 }],
  ["a quasi-recurrent network", { ...TINY, kind: "qrnn" }],
  ["retention", { ...TINY, kind: "retention" }],
  ["a mixture of softmaxes", { ...TINY, kind: "lstm", isTied: true, softmaxCount: 3, layerCount: 1 }],
];

/** Weights large enough that nothing is nearly linear. */
export function tinyFamilyWeights(spec: FamilySpec, seed = 3): WeightMap {
  const rng = createRng(seed);
  const weights = familyWeights(spec, rng);
  return new Map(
    [...weights].map(([name, values]) => [
      name,
      values.map((value) => value * (name === "embedding" ? 5 : 1.2) + (rng.next() - 0.5) * 0.4),
    ]),
  );
}

export interface TinyBatch {
  readonly windowTokens: number;
  readonly laneCount: number;
  readonly seed: number;
  /** Cells at which a lane is cleared: [lane, t]. */
  readonly resets?: readonly (readonly [number, number])[];
}

export function tinyBatch({ windowTokens: T, laneCount: B, seed, resets = [] }: TinyBatch): LaneBatch {
  const rng = createRng(seed);
  const ids = (): Int32Array => Int32Array.from({ length: B * T }, () => rng.nextInt(TINY.vocabularySize));
  const marks = new Uint8Array(B * T);
  resets.forEach(([lane, t]) => (marks[lane * T + t] = 1));
  return {
    inputs: ids(),
    targets: ids(),
    weights: new Float32Array(B * T).fill(1),
    resets: marks,
    windowTokens: T,
    laneCount: B,
  };
}

/** The part of a batch from step `from` to step `to`, exclusive. */
export function sliceBatch(batch: LaneBatch, from: number, to: number): LaneBatch {
  const { laneCount: B, windowTokens: T } = batch;
  const cut = <A extends Int32Array | Float32Array | Uint8Array>(values: A): A => {
    const part = values.slice(0, B * (to - from)) as A;
    for (let lane = 0; lane < B; lane++) {
      part.set(values.subarray(lane * T + from, lane * T + to), lane * (to - from));
    }
    return part;
  };
  return {
    inputs: cut(batch.inputs),
    targets: cut(batch.targets),
    weights: cut(batch.weights),
    resets: cut(batch.resets),
    windowTokens: to - from,
    laneCount: B,
  };
}

export interface FamilyLoss {
  /** Of each batch, penalties included */
  readonly losses: readonly number[];
  /** Of the last batch */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Of the last batch, softmax of the scores, time-major [T·B, V] */
  readonly probabilities: Float32Array;
  /** Behind the last batch */
  readonly state: ReadonlyMap<string, Float32Array>;
}

/** Reads batches one after the other from a state of zero, with the parameters as they are. */
export function familyLoss(
  spec: FamilySpec,
  weights: WeightMap,
  {
    batches,
    seed = 1,
    kernels = portableKernels,
  }: { readonly batches: readonly LaneBatch[]; readonly seed?: number; readonly kernels?: NeuralKernels },
): FamilyLoss {
  const model = new FamilyModel(spec, weights, kernels);
  const variables = [...model.parameters.values()];
  let state = model.initialState((batches[0] as LaneBatch).laneCount);
  const losses: number[] = [];
  let gradients = new Map<string, Float32Array>();
  let probabilities = new Float32Array(0);
  for (const batch of batches) {
    const before = state;
    tf.tidy(() => {
      const window = windowTensors(batch);
      const { value, grads } = tf.variableGrads(() => {
        const loss = model.windowLoss(window, before, { dropoutRate: 0, seed });
        state = loss.state;
        return loss.penalty === null ? loss.nats : tf.add<tf.Scalar>(loss.nats, loss.penalty);
      }, variables);
      losses.push(value.dataSync()[0] as number);
      gradients = new Map(
        [...model.parameters].map(([name, variable]) => [
          name,
          (grads[variable.name] as tf.Tensor).dataSync<"float32">().slice(),
        ]),
      );
      const scores = model.windowScores(window, before);
      probabilities = tf.softmax(scores.logits).dataSync<"float32">().slice();
      disposeCarried(scores.state);
    });
    disposeCarried(before);
  }
  const carried = new Map([...state].map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]));
  disposeCarried(state);
  model.dispose();
  return { losses, gradients, probabilities, state: carried };
}
