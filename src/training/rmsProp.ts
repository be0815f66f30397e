import * as tf from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { Optimizer, UpdateCall } from "./optimizer.ts";
import { assignValues, clearValues, zerosLike } from "./remembered.ts";
import { updateWhole } from "./updateWhole.ts";

export interface RmsPropSettings {
  /** ρ: what is kept of the mean square. */
  readonly decay: number;
  readonly epsilon: number;
}

interface Square {
  readonly parameter: tf.Variable;
  readonly mean: tf.Variable;
}

/** RMSProp (Tieleman and Hinton 2012, lecture 6.5): s ← ρs + (1 − ρ)g²; θ ← θ − αg / (√s + ε). Owns the mean squares. */
export class RmsProp implements Optimizer {
  readonly #settings: RmsPropSettings;
  readonly #squares: ReadonlyMap<string, Square>;
  #step = 0;

  /** @param parameters borrowed; changed in place */
  public constructor(parameters: ReadonlyMap<string, tf.Variable>, settings: RmsPropSettings) {
    this.#settings = settings;
    this.#squares = new Map(
      [...parameters].map(([name, parameter]) => [name, { parameter, mean: zerosLike(parameter) }]),
    );
  }

  public get step(): number {
    return this.#step;
  }

  public update({ gradients, learningRate, gradientScale }: UpdateCall): void {
    const { decay, epsilon } = this.#settings;
    updateWhole(gradients, ([name, gradient]) => {
      const square = this.#squares.get(name);
      if (square === undefined) {
        throw new RangeError(`Expected a gradient of a known parameter, got "${name}"`);
      }
      const { parameter, mean } = square;
      const slope = tf.mul(gradient, gradientScale);
      const nextMean = tf.add(tf.mul(mean, decay), tf.mul(tf.square(slope), 1 - decay));
      const move = tf.div(tf.mul(slope, learningRate), tf.add(tf.sqrt(nextMean), epsilon));
      return [
        [parameter, tf.sub(parameter, move)],
        [mean, nextMean],
      ];
    });
    this.#step++;
  }

  /** `NAME/meanSquare` */
  public read(): WeightMap {
    return new Map(
      [...this.#squares].map(([name, { mean }]) => [`${name}/meanSquare`, Float32Array.from(mean.dataSync())]),
    );
  }

  public restore(values: WeightMap, step: number): void {
    for (const [name, { mean }] of this.#squares) {
      assignValues(mean, values.get(`${name}/meanSquare`), `${name}/meanSquare`);
    }
    this.#step = step;
  }

  public reset(): void {
    this.#step = 0;
    for (const { mean } of this.#squares.values()) {
      clearValues(mean);
    }
  }

  public dispose(): void {
    tf.dispose([...this.#squares.values()].map(({ mean }) => mean));
  }
}
