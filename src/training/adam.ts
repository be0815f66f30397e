import type * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../models/neural/neuralKernels.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { Optimizer, UpdateCall } from "./optimizer.ts";
import { assignValues, clearValues, zerosLike } from "./remembered.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import { updateWhole } from "./updateWhole.ts";

interface Moments {
  readonly variable: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
}

/**
 * Adam of Kingma and Ba (2015), algorithm 1 in the cheaper form of their section 2:
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − α√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε̂); matrices also shrink,
 * θ ← (1 − αλ)θ, beside the gradient and not through it (Loshchilov and Hutter 2019, algorithm 2). Owns the moments.
 */
export class Adam implements Optimizer {
  readonly #settings: TrainingSettings;
  readonly #kernels: Pick<NeuralKernels, "adam">;
  readonly #moments: ReadonlyMap<string, Moments>;
  #step = 0;

  public constructor(
    parameters: ReadonlyMap<string, tf.Variable>,
    settings: TrainingSettings,
    kernels: Pick<NeuralKernels, "adam">,
  ) {
    this.#settings = settings;
    this.#kernels = kernels;
    this.#moments = new Map(
      [...parameters].map(([name, variable]) => [name, { variable, m: zerosLike(variable), v: zerosLike(variable) }]),
    );
  }

  /** Number of updates so far: t of the bias correction. */
  public get step(): number {
    return this.#step;
  }

  /** Changes every parameter that has a gradient, or none where it fails. */
  public update({ gradients, learningRate, gradientScale }: UpdateCall): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings;
    const step = this.#step + 1;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
    const kept = 1 - learningRate * weightDecay;
    updateWhole(gradients, ([name, gradient]) => {
      const { variable, m, v } = this.#expect(name);
      const next = this.#kernels.adam({
        parameter: variable,
        m,
        v,
        gradient,
        gradientScale,
        rate,
        kept: variable.rank === 2 ? kept : 1,
        beta1,
        beta2,
        epsilon,
      });
      return [
        [variable, next.parameter],
        [m, next.m],
        [v, next.v],
      ];
    });
    this.#step = step;
  }

  /** A copy of the moments: `NAME/m` and `NAME/v`. */
  public read(): WeightMap {
    const values = new Map<string, Float32Array>();
    for (const [name, { m, v }] of this.#moments) {
      values.set(`${name}/m`, Float32Array.from(m.dataSync()));
      values.set(`${name}/v`, Float32Array.from(v.dataSync()));
    }
    return values;
  }

  /** Continues from what `read` gave after `step` updates. @param values copied */
  public restore(values: WeightMap, step: number): void {
    for (const [name, { m, v }] of this.#moments) {
      assignValues(m, values.get(`${name}/m`), `${name}/m`);
      assignValues(v, values.get(`${name}/v`), `${name}/v`);
    }
    this.#step = step;
  }

  /** As before the first update. */
  public reset(): void {
    this.#step = 0;
    for (const { m, v } of this.#moments.values()) {
      for (const moment of [m, v]) {
        clearValues(moment);
      }
    }
  }

  public dispose(): void {
    for (const { m, v } of this.#moments.values()) {
      m.dispose();
      v.dispose();
    }
  }

  #expect(name: string): Moments {
    const moments = this.#moments.get(name);
    if (moments === undefined) {
      throw new RangeError(`Expected a gradient of a known parameter, got "${name}"`);
    }
    return moments;
  }
}
