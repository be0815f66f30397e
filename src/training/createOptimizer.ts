import type { TrainableModel } from "../models/neural/trainableModel.ts";
import { Adam } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import { RmsProp } from "./rmsProp.ts";
import { Sgd } from "./sgd.ts";
import { DEFAULT_TRAINING_SETTINGS } from "./trainingSettings.ts";

/** The optimizer that a recipe names; the caller owns it. NT-ASGD is plain descent, its mean is kept beside it. */
export function createOptimizer({ parameters, kernels }: TrainableModel, recipe: Recipe): Optimizer {
  const { optimizer, momentum, weightDecay, beta1, beta2, squareDecay } = recipe;
  switch (optimizer) {
    case "adam":
      return new Adam(parameters, { ...DEFAULT_TRAINING_SETTINGS, beta1, beta2, weightDecay }, kernels);
    case "rmsprop":
      return new RmsProp(parameters, { decay: squareDecay, epsilon: 1e-8 });
    case "momentum":
      return new Sgd(parameters, { momentum, weightDecay });
    case "sgd":
    case "ntasgd":
      return new Sgd(parameters, { momentum: 0, weightDecay });
  }
}
