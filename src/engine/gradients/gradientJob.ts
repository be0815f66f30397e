import { LmError } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import { FamilyModel } from "../../models/neural/family/familyModel.ts";
import { familyWeights } from "../../models/neural/family/familyWeights.ts";
import type { WeightMap } from "../../models/neural/networkSpec.ts";
import type {
  GradientEvent,
  GradientJob,
  GradientModel,
  GradientResult,
  GradientRow,
  GradientTraining,
} from "../../protocol/gradientMessages.ts";
import { FamilyRun } from "../../training/familyRun.ts";
import { type NetworkPlan, planNetwork } from "../family/networkPresets.ts";
import type { JobContext } from "../jobContext.ts";
import { lookAtGradients } from "./lookAtGradients.ts";
import { NormRecord } from "./normRecord.ts";
import { cancelled, type GradientText, readGradientText } from "./readGradientText.ts";

/** Fewer than usual: in seconds of training, more steps show more than steady ones. */
const MOST_LANES = 16;

export interface GradientContext extends JobContext {
  readonly emit: (event: GradientEvent) => void;
}

/**
 * Looks at the gradients of each network on one and the same window of the text: as it begins, and, with a budget, after as many seconds of training from
 * there. Needs a backend only to train. Throws `LmError`; also `cancelled`.
 */
export async function runGradientJob(job: GradientJob, context: GradientContext): Promise<GradientResult> {
  const { emit, signal, pause } = context;
  const text = await readGradientText(job, context);
  const { vocabulary, training, window } = text;
  const shown = { window: vocabulary.decode(window.inputs), target: vocabulary.decode([window.target]) };
  emit({
    type: "gradientText",
    vocabularySize: vocabulary.size,
    trainingTokens: training.count,
    ...shown,
  });
  const rows: GradientRow[] = [];
  for (const model of new Set(job.models)) {
    const plan = planOf(model, { job, text });
    const look = (weights: WeightMap, trained: GradientTraining | null): void => {
      const stage = trained === null ? "untrained" : "trained";
      const row: GradientRow = { ...lookAtGradients({ model, plan, weights, window }), stage, training: trained };
      rows.push(row);
      emit({ type: "gradientRow", row });
    };
    const untrained = familyWeights(plan.spec, createRng(job.seed));
    look(untrained, null);
    await pause();
    if (job.budgetSeconds !== null) {
      const { weights, training: trained } = await train({ model, plan, weights: untrained, text, job }, context);
      look(weights, trained);
    }
    if (signal.aborted) {
      throw cancelled();
    }
  }
  return { ...shown, rows };
}

/** The usual preset at the job's size; the windows that it learns from are as long as the one that is looked at. */
function planOf(
  model: GradientModel,
  { job, text }: { readonly job: GradientJob; readonly text: GradientText },
): NetworkPlan {
  const { windowTokens, hiddenSize } = job;
  const laneCount = Math.min(MOST_LANES, Math.floor(text.training.count / windowTokens));
  return planNetwork(model, {
    vocabularySize: text.vocabulary.size,
    settings: { spec: { hiddenSize, embeddingSize: hiddenSize }, recipe: { windowTokens, laneCount } },
  });
}

interface TrainCall {
  readonly model: GradientModel;
  readonly plan: NetworkPlan;
  readonly weights: WeightMap;
  readonly text: GradientText;
  readonly job: GradientJob;
}

async function train(
  { model: name, plan, weights, text, job }: TrainCall,
  context: GradientContext,
): Promise<{ readonly weights: WeightMap; readonly training: GradientTraining }> {
  const { emit, clock, signal, pause } = context;
  const { kernels } = await context.backend(job.backend);
  const model = new FamilyModel(plan.spec, weights, kernels);
  const norms = new NormRecord();
  try {
    const outcome = await new FamilyRun({
      model,
      recipe: plan.recipe,
      training: text.training,
      validation: text.validation,
      budgetSeconds: job.budgetSeconds,
      epochs: null,
      seed: job.seed,
      clock,
      signal,
      pause,
      onPoint: () => undefined,
      onProgress: (progress) => {
        emit({ type: "gradientProgress", model: name, ...progress });
      },
      onStep: ({ clipping }) => {
        norms.note(clipping);
      },
    }).run();
    if (outcome.stopped === "cancelled") {
      throw cancelled();
    }
    if (outcome.stopped === "nonFinite") {
      emit({
        type: "notice",
        level: "warning",
        message: `The loss of ${name} exploded after ${norms.count} steps; what is shown as trained are its best weights before that.`,
      });
    }
    if (norms.count === 0) {
      throw new LmError("badArgument", `The budget was over before ${name} made a step; give it more seconds.`);
    }
    const { seconds, tokens, validationPerplexity } = outcome;
    const clipNorm = plan.recipe.clipNorm ?? Number.POSITIVE_INFINITY;
    return {
      weights: model.readWeights(),
      training: { seconds, tokens, validationPerplexity, clipNorm, ...norms.summary() },
    };
  } finally {
    model.dispose();
  }
}
