import type { Variable } from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import { WeightMean } from "./weightMean.ts";

/**
 * The exponential mean of a network's weights over its last steps (Polyak and Juditsky 1992): after n steps Σ dⁿ⁻ⁱ·θᵢ over Σ dⁿ⁻ⁱ, which is what Adam's moments are once they are
 * corrected (Kingma and Ba 2015, section 3). Owns the mean.
 */
export class WeightAverage {
  readonly #decay: number;
  readonly #mean: WeightMean;
  #stepCount = 0;

  /** @param parameters borrowed @param decay d, in [0, 1): 1 / (1 − d) steps are remembered */
  public constructor(parameters: ReadonlyMap<string, Variable>, decay: number) {
    this.#decay = decay;
    this.#mean = new WeightMean(parameters);
  }

  /** Takes the weights as they are after a step into the mean. */
  public noteStep(): void {
    this.#stepCount++;
    this.#mean.take((1 - this.#decay) / (1 - this.#decay ** this.#stepCount));
  }

  /** A copy of the mean; null before the first step. */
  public read(): WeightMap | null {
    return this.#stepCount === 0 ? null : this.#mean.read();
  }

  /** Forgets the steps so far. */
  public restart(): void {
    this.#stepCount = 0;
  }

  public dispose(): void {
    this.#mean.dispose();
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
