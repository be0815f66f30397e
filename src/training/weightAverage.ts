import * as tf from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import { zerosLike } from "./remembered.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

/**
 * The exponential mean of a network's weights over its last steps (Polyak and Juditsky 1992), m ← d·m + (1 − d)·θ from zero, divided by 1 − dⁿ after n steps as Adam's moments
 * are (Kingma and Ba 2015, section 3). Owns the mean.
 */
export class WeightAverage {
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #decay: number;
  readonly #means: ReadonlyMap<string, tf.Variable>;
  #stepCount = 0;

  /** @param parameters borrowed @param decay d, in [0, 1): 1 / (1 − d) steps are remembered */
  public constructor(parameters: ReadonlyMap<string, tf.Variable>, decay: number) {
    this.#parameters = parameters;
    this.#decay = decay;
    this.#means = new Map([...parameters].map(([name, variable]) => [name, zerosLike(variable)]));
  }

  /** Takes the weights as they are after a step into the mean. */
  public noteStep(): void {
    this.#stepCount++;
    for (const [name, mean] of this.#means) {
      tf.tidy(() => {
        const way = tf.mul(tf.sub(this.#parameters.get(name) as tf.Variable, mean), 1 - this.#decay);
        mean.assign(tf.add(mean, way));
      });
    }
  }

  /** A copy of the mean; null before the first step. */
  public read(): WeightMap | null {
    if (this.#stepCount === 0) {
      return null;
    }
    const share = 1 - this.#decay ** this.#stepCount;
    return new Map(
      [...this.#means].map(([name, mean]) => [name, tf.tidy(() => tf.div(mean, share).dataSync<"float32">().slice())]),
    );
  }

  /** Forgets the steps so far. */
  public restart(): void {
    this.#stepCount = 0;
    for (const mean of this.#means.values()) {
      tf.tidy(() => {
        mean.assign(tf.zerosLike(mean));
      });
    }
  }

  public dispose(): void {
    tf.dispose([...this.#means.values()]);
  }
}

/** A mean for a run that is to keep one, else null. */
export function averageOf({
  network,
  settings,
}: {
  readonly network: Pick<TrainableModel, "parameters">;
  readonly settings: Pick<TrainingSettings, "averageDecay">;
}): WeightAverage | null {
  return settings.averageDecay === 0 ? null : new WeightAverage(network.parameters, settings.averageDecay);
}
