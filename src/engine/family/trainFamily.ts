import { LmError } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import { FamilyModel } from "../../models/neural/family/familyModel.ts";
import { familyWeights } from "../../models/neural/family/familyWeights.ts";
import type { NeuralKernels } from "../../models/neural/neuralKernels.ts";
import { countTokens } from "../../models/neural/unigramBias.ts";
import { FamilyRun, type FamilyRunContext, type FamilyRunOutcome } from "../../training/familyRun.ts";
import type { NetworkPlan } from "./networkPresets.ts";

/** What a network is trained on, for how long, and who is told. */
export interface FamilyTraining extends Omit<FamilyRunContext, "model" | "recipe"> {
  readonly plan: NetworkPlan;
  readonly kernels: NeuralKernels;
}

/**
 * Trains a fresh network and does something with it, with the weights that were best on the validation text; then it is put away.
 * Throws `LmError("nonFiniteLoss")` where the loss exploded before there were any.
 */
export async function trainFamily<T>(
  { plan, kernels, ...run }: FamilyTraining,
  work: (model: FamilyModel, outcome: FamilyRunOutcome) => Promise<T>,
): Promise<T> {
  const { spec, recipe } = plan;
  const counts = countTokens(run.training.targets, spec.vocabularySize);
  const model = new FamilyModel(spec, familyWeights(spec, createRng(run.seed), counts), kernels);
  try {
    const outcome = await new FamilyRun({ ...run, model, recipe }).run();
    if (outcome.stopped === "nonFinite" && !Number.isFinite(outcome.validationPerplexity)) {
      throw new LmError(
        "nonFiniteLoss",
        "The loss exploded before there was anything worth keeping; choose a lower learningRate or a smaller clipNorm.",
      );
    }
    return await work(model, outcome);
  } finally {
    model.dispose();
  }
}
