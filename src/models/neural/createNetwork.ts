import { DEFAULT_FAMILY_SPEC } from "./family/familySpec.ts";
import { FamilyModel } from "./family/familyModel.ts";
import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import type { NeuralKernels } from "./neuralKernels.ts";
import { RecurrentNetwork } from "./recurrentNetwork.ts";
import type { TrainableModel } from "./trainableModel.ts";

/**
 * The network of a specification as a trainer sees it. An LSTM has windows of its own in every set of kernels; the other cells are layers of the family,
 * which name and shape their parameters as `parameterShapes` does.
 * @param weights copied; every name and size of `parameterShapes`, or `LmError("modelMismatch")` is thrown
 */
export function createNetwork(spec: NetworkSpec, weights: WeightMap, kernels: NeuralKernels): TrainableModel {
  const { cell, vocabularySize, hiddenSize, layerCount } = spec;
  if (cell === "lstm") {
    return new RecurrentNetwork(spec, weights, kernels);
  }
  const sizes = { vocabularySize, embeddingSize: hiddenSize, hiddenSize, layerCount, isTied: true };
  return new FamilyModel({ ...DEFAULT_FAMILY_SPEC, ...sizes, kind: cell }, weights, kernels);
}
