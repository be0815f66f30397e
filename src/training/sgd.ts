import * as tf from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { Optimizer, UpdateCall } from "./optimizer.ts";
import { assignValues, clearValues, zerosLike } from "./remembered.ts";
import { updateWhole } from "./updateWhole.ts";

export interface SgdSettings {
  /** μ: share of the last move that is kept (Polyak 1964, in the form of PyTorch: v ← μv + g, θ ← θ − αv); 0 for plain descent. */
  readonly momentum: number;
  /** λ: added to the gradient as λθ (Krogh and Hertz 1992), to every parameter. */
  readonly weightDecay: number;
}

/** Stochastic gradient descent, with momentum or without. Owns the velocities. */
export class Sgd implements Optimizer {
  readonly #settings: SgdSettings;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #velocities: ReadonlyMap<string, tf.Variable>;
  #step = 0;

  /** @param parameters borrowed; changed in place */
  public constructor(parameters: ReadonlyMap<string, tf.Variable>, settings: SgdSettings) {
    this.#settings = settings;
    this.#parameters = parameters;
    this.#velocities =
      settings.momentum === 0
        ? new Map()
        : new Map([...parameters].map(([name, variable]) => [name, zerosLike(variable)]));
  }

  public get step(): number {
    return this.#step;
  }

  public update({ gradients, learningRate, gradientScale }: UpdateCall): void {
    const { momentum, weightDecay } = this.#settings;
    updateWhole(gradients, ([name, gradient]) => {
      const parameter = this.#parameters.get(name);
      if (parameter === undefined) {
        throw new RangeError(`Expected a gradient of a known parameter, got "${name}"`);
      }
      const velocity = this.#velocities.get(name);
      const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
      const slope = weightDecay === 0 ? scaled : tf.add(scaled, tf.mul(parameter, weightDecay));
      if (velocity === undefined) {
        return [[parameter, tf.sub(parameter, tf.mul(slope, learningRate))]];
      }
      const move = tf.add(tf.mul(velocity, momentum), slope);
      return [
        [parameter, tf.sub(parameter, tf.mul(move, learningRate))],
        [velocity, move],
      ];
    });
    this.#step++;
  }

  /** `NAME/velocity`; nothing without momentum. */
  public read(): WeightMap {
    return new Map(
      [...this.#velocities].map(([name, velocity]) => [`${name}/velocity`, Float32Array.from(velocity.dataSync())]),
    );
  }

  public restore(values: WeightMap, step: number): void {
    for (const [name, velocity] of this.#velocities) {
      assignValues(velocity, values.get(`${name}/velocity`), `${name}/velocity`);
    }
    this.#step = step;
  }

  public reset(): void {
    this.#step = 0;
    [...this.#velocities.values()].forEach(clearValues);
  }

  public dispose(): void {
    tf.dispose([...this.#velocities.values()]);
  }
}
