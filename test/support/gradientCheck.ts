import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../src/base/rng.ts";
import type { LaneBatch } from "../../src/batches/laneBatches.ts";
import { FamilyModel } from "../../src/models/neural/family/familyModel.ts";
import type { FamilySpec } from "../../src/models/neural/family/familySpec.ts";
import type { WeightMap } from "../../src/models/neural/networkSpec.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { type CarriedState, disposeCarried, type ModelWindow } from "../../src/models/neural/trainableModel.ts";
import { windowTensors } from "../../src/training/windowTensors.ts";

/** Where a gradient is looked at. */
export interface GradientProblem {
  readonly spec: FamilySpec;
  readonly weights: WeightMap;
  /** The last one is differentiated, behind the others; what they leave stays as it is while parameters are moved. */
  readonly batches: readonly LaneBatch[];
  /** Decides what is dropped, the same for every evaluation. */
  readonly seed?: number;
  /** Whether the loss is that of `windowScores`, which is differentiated where a model learns on from what it scores; default: training's. */
  readonly isScored?: boolean;
}

/** How far one parameter's gradient is from what the loss does; shares of the gradient's length. */
export interface GradientFault {
  readonly name: string;
  /** ‖g‖ */
  readonly norm: number;
  /** Along the gradient itself. */
  readonly along: number;
  /** Along directions of random signs, the largest; they see what the gradient lacks and is orthogonal to it. */
  readonly across: number;
}

/** Nats by which a step along the gradient changes the loss: hundreds of times what float32 loses of it. */
const STEP_NATS = 5e-4;
const LONGEST_STEP = 0.1;
const ACROSS_COUNT = 3;

/** Each parameter's gradient beside fourth-order central differences of the loss. */
export function gradientFaults(problem: GradientProblem): readonly GradientFault[] {
  const checked = new CheckedModel(problem);
  const rng = createRng(1);
  const faults = [...checked.gradients()].map(([name, gradient]) => {
    const norm = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0));
    // Small where the gradient is large: retention divides by the size of what it has, which makes its loss bend.
    const step = Math.min(LONGEST_STEP, STEP_NATS / norm);
    const fault = (direction: Float64Array): number => {
      const expected = gradient.reduce((sum, slope, index) => sum + slope * (direction[index] as number), 0);
      return Math.abs(checked.slope(name, direction, step) - expected) / norm;
    };
    const signs = (): Float64Array => Float64Array.from(gradient, () => (rng.next() < 0.5 ? -1 : 1));
    return {
      name,
      norm,
      along: fault(Float64Array.from(gradient, (slope) => slope / norm)),
      across: Math.max(...Array.from({ length: ACROSS_COUNT }, () => fault(signs()))),
    };
  });
  checked.dispose();
  return faults;
}

/** Most that a gradient may be off, as a share of its length. */
const TOLERANCE = 0.02;
/** A gradient shorter than this drowns in what float32 loses of the loss: the problem is too small to say anything. */
const LEAST_NORM = 2e-3;

/** Asserts that every parameter has the gradient that the loss shows. */
export function checkGradient(problem: GradientProblem): void {
  for (const { name, norm, along, across } of gradientFaults(problem)) {
    assert.ok(norm > LEAST_NORM, `${name} has a gradient of length ${norm}, too short to be checked`);
    assert.ok(along < TOLERANCE, `${name} off by ${along} of its length along itself`);
    assert.ok(across < TOLERANCE, `${name} off by ${across} of its length across`);
  }
}

class CheckedModel {
  readonly #model: FamilyModel;
  readonly #problem: GradientProblem;
  readonly #state: CarriedState;

  public constructor(problem: GradientProblem) {
    const { spec, weights, batches } = problem;
    this.#problem = problem;
    this.#model = new FamilyModel(spec, weights, portableKernels);
    let state = this.#model.initialState((batches[0] as LaneBatch).laneCount);
    for (const batch of batches.slice(0, -1)) {
      const before = state;
      tf.tidy(() => {
        state = this.#model.windowScores(windowTensors(batch), before).state;
      });
      disposeCarried(before);
    }
    this.#state = state;
  }

  public gradients(): ReadonlyMap<string, Float32Array> {
    const { parameters } = this.#model;
    let gradients = new Map<string, Float32Array>();
    let behind: CarriedState = new Map();
    tf.tidy(() => {
      const window = this.#window();
      const { grads } = tf.variableGrads(() => {
        const { loss, state } = this.#loss(window);
        behind = state;
        return loss;
      }, [...parameters.values()]);
      const read = ({ name }: tf.Variable): Float32Array => (grads[name] as tf.Tensor).dataSync<"float32">().slice();
      gradients = new Map([...parameters].map(([name, variable]) => [name, read(variable)]));
    });
    disposeCarried(behind);
    return gradients;
  }

  /** The loss's slope along a direction, by differences of fourth order. */
  public slope(name: string, direction: Float64Array, step: number): number {
    const at = (steps: number): number => this.#lossAt(name, direction, steps * step);
    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
  }

  public dispose(): void {
    disposeCarried(this.#state);
    this.#model.dispose();
  }

  #lossAt(name: string, direction: Float64Array, by: number): number {
    const variable = this.#model.parameters.get(name) as tf.Variable;
    const values = this.#problem.weights.get(name) as Float32Array;
    const moved = values.map((value, index) => value + by * (direction[index] as number));
    return tf.tidy(() => {
      variable.assign(tf.tensor(moved, variable.shape));
      const { loss, state } = this.#loss(this.#window());
      const [nats] = loss.dataSync<"float32">();
      disposeCarried(state);
      variable.assign(tf.tensor(values, variable.shape));
      return nats as number;
    });
  }

  #window(): ModelWindow {
    const { batches } = this.#problem;
    return windowTensors(batches[batches.length - 1] as LaneBatch);
  }

  /** The loss of a window and what it leaves, which is the caller's. */
  #loss(window: ModelWindow): { readonly loss: tf.Scalar; readonly state: CarriedState } {
    const { seed = 1, isScored = false } = this.#problem;
    if (isScored) {
      const { logits, state } = this.#model.windowScores(window, this.#state);
      return { loss: tf.sum(portableKernels.crossEntropy({ logits, targets: window.targets })), state };
    }
    const { nats, penalty, state } = this.#model.windowLoss(window, this.#state, { dropoutRate: 0, seed });
    return { loss: penalty === null ? nats : tf.add<tf.Scalar>(nats, penalty), state };
  }
}
