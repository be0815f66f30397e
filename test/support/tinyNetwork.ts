import assert from "node:assert/strict";
import "@tensorflow/tfjs"; // Registers gradients and the plain JavaScript backend.
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../src/base/rng.ts";
import { MATCH_RANKS, matchCode } from "../../src/tokens/matchIndex.ts";
import { initialWeights } from "../../src/models/neural/initialWeights.ts";
import type { LstmWindow, NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { MATCH_KERNEL, type NetworkSpec, type WeightMap } from "../../src/models/neural/networkSpec.ts";
import { createMatchWindow, createTokenWindow } from "../../src/models/neural/tokenWindow.ts";
import { disposeState, RecurrentNetwork, type NetworkState } from "../../src/models/neural/recurrentNetwork.ts";

/** A network small enough to check every number of it. */
export const TINY_SPEC: NetworkSpec = { cell: "lstm", vocabularySize: 11, hiddenSize: 6, layerCount: 2 };

export async function usePlainBackend(): Promise<void> {
  await tf.setBackend("cpu");
}

/** The same that reads matches. */
export const MATCHING_SPEC: NetworkSpec = { ...TINY_SPEC, readsMatches: true };

/** Weights large enough that no gate is nearly linear. */
export function tinyWeights(spec: NetworkSpec = TINY_SPEC, seed = 7): WeightMap {
  const rng = createRng(seed);
  const weights = initialWeights(spec, rng);
  return new Map(
    [...weights].map(([name, values]) => [
      name,
      // It begins with zeros, which would hide what flows through it.
      values.map((value) => (name === MATCH_KERNEL ? 4 * rng.next() - 2 : value * 2)),
    ]),
  );
}

export interface TinyWindow {
  readonly windowTokens: number;
  readonly laneCount: number;
  /** Time-major, [T·B] */
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  /** Steps before which lanes are cleared: [t, lane]. */
  readonly resets?: readonly (readonly [number, number])[];
}

export function randomWindow(windowTokens: number, laneCount: number, seed: number): TinyWindow {
  const rng = createRng(seed);
  const ids = (): number[] =>
    Array.from({ length: windowTokens * laneCount }, () => rng.nextInt(TINY_SPEC.vocabularySize));
  return { windowTokens, laneCount, inputs: ids(), targets: ids() };
}

export interface LossAndGradients {
  /** Sum over the window, nats */
  readonly nats: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Per layer [h, c] after the window */
  readonly state: readonly (readonly [Float32Array, Float32Array])[];
}

/** Loss, gradients and the state afterwards, from a given state or zero. */
export function lossAndGradients(
  weights: WeightMap,
  kernels: NeuralKernels,
  {
    window,
    spec = TINY_SPEC,
    from,
  }: { readonly window: TinyWindow; readonly spec?: NetworkSpec; readonly from?: LossAndGradients["state"] },
): LossAndGradients {
  const network = new RecurrentNetwork(spec, weights, kernels);
  const shape: [number, number] = [window.laneCount, spec.hiddenSize];
  const before: NetworkState =
    from === undefined
      ? network.zeroState(window.laneCount)
      : from.map(([h, c]) => ({ h: tf.keep(tf.tensor2d(h, shape)), c: tf.keep(tf.tensor2d(c, shape)) }));
  const names = [...network.parameters.keys()];
  const variables = [...network.parameters.values()];
  const result = tf.tidy(() => {
    let state: LossAndGradients["state"] = [];
    const input = {
      tokens: createTokenWindow(Int32Array.from(window.inputs)),
      window: lstmWindow(window),
      ...(spec.readsMatches === true ? { matches: createMatchWindow(matchesOf(window)) } : {}),
    };
    const targets = tf.tensor1d([...window.targets], "int32");
    const { value, grads } = tf.variableGrads(() => {
      const output = network.forward(input, before);
      state = output.state.map(
        ({ h, c }) => [h.dataSync<"float32">().slice(), c.dataSync<"float32">().slice()] as const,
      );
      disposeState(output.state);
      return network.loss(output.rows, { targets, weights: tf.ones([window.inputs.length]) });
    }, variables);
    const gradients = new Map(
      names.map((name, index) => [
        name,
        (grads[(variables[index] as tf.Variable).name] as tf.Tensor).dataSync<"float32">().slice(),
      ]),
    );
    return { nats: value.dataSync()[0] as number, gradients, state } as never;
  }) as unknown as LossAndGradients;
  disposeState(before);
  network.dispose();
  return result;
}

/** Suggestions at all ranks and at none, time-major. */
function matchesOf({ inputs }: TinyWindow): Int32Array {
  return Int32Array.from(inputs, (_, place) =>
    matchCode(inputs[(7 * place + 3) % inputs.length] as number, (place + 1) % (MATCH_RANKS + 1)),
  );
}

function lstmWindow({ windowTokens, laneCount, resets = [] }: TinyWindow): LstmWindow {
  const keep = new Float32Array(windowTokens * laneCount).fill(1);
  for (const [t, lane] of resets) {
    keep[t * laneCount + lane] = 0;
  }
  const hasResets = Array.from({ length: windowTokens }, (_, t) => resets.some(([step]) => step === t));
  return { windowTokens, laneCount, keep: tf.tensor2d(keep, [windowTokens, laneCount]), hasResets };
}

/** Asserts that gradients and the state afterwards agree, each within its largest difference. */
export function assertAgreement(
  actual: LossAndGradients,
  expected: LossAndGradients,
  tolerance: { readonly gradients: number; readonly state: number },
): void {
  for (const [name, gradient] of expected.gradients) {
    const difference = largestDifference(actual.gradients.get(name) ?? [], gradient);
    assert.ok(difference < tolerance.gradients, `${name} differs by ${difference}`);
  }
  for (const [layer, [h, c]] of expected.state.entries()) {
    assert.ok(largestDifference(actual.state[layer]?.[0] ?? [], h) < tolerance.state);
    assert.ok(largestDifference(actual.state[layer]?.[1] ?? [], c) < tolerance.state);
  }
}

/** Asserts elementwise closeness, absolute and relative to the largest magnitude. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let scale = 1;
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    largest = Math.max(largest, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)));
    scale = Math.max(scale, Math.abs(expected[i] ?? 0));
    if (Number.isNaN(largest)) {
      return Number.POSITIVE_INFINITY;
    }
  }
  return largest / scale;
}
