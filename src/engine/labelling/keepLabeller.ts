import { LmError } from "../../base/errors.ts";
import { readableCount } from "../../base/readableNumbers.ts";
import { hasLabeller, writeLabeller } from "../../checkpoints/labellerStore.ts";
import { sha256 } from "../../node/sha256.ts";
import type { LabelOptions, LabelTask, TrainLabellerResult } from "../../protocol/labelMessages.ts";
import type { HeldOut } from "./holdOut.ts";
import { evaluateTexts, withLabeller } from "./openLabeller.ts";
import type { LabelledText } from "./readLabelled.ts";
import type { LabelContext, TrainedLabeller } from "./trainLabeller.ts";

/** A labeller, and what it was made of. */
export interface KeptLabeller {
  readonly trained: TrainedLabeller;
  readonly options: LabelOptions;
  readonly texts: HeldOut;
}

/**
 * Writes a trained labeller to a directory that is kept for it. A run that came to its end replaces what is there; one that was cancelled or exploded does
 * where it labels more of the held-out texts right. Throws `LmError` where it does not.
 */
export async function keepLabeller(
  directory: string,
  { trained, options, texts }: KeptLabeller,
  context: LabelContext,
): Promise<void> {
  const { stored, result } = trained;
  const { backend, device, passes, validation, stopped } = result;
  if (stopped === "cancelled" || stopped === "nonFinite") {
    const task = stored.spec.head === "each" ? "tag" : "classify";
    const earlier = await judgeEarlier({ task, model: directory }, texts.validation, context);
    if (earlier !== null && validation.right <= earlier.right) {
      throw earlierStays({ directory, stopped, own: validation, earlier });
    }
  }
  const origin = {
    ...{ backend, device, passes, trainingTexts: texts.training.length },
    seed: options.seed,
    validationAccuracy: validation.accuracy,
    validationCount: validation.count,
    createdEpochMs: context.clock.epochMs(),
  };
  await writeLabeller(directory, { ...stored, origin }, { files: context.files, sha256 });
}

type Figures = Pick<TrainLabellerResult["validation"], "count" | "right">;

/** How well the labeller that is there already does on the held-out texts; null where there is none that can be read. */
async function judgeEarlier(
  place: { readonly task: LabelTask; readonly model: string },
  validation: readonly LabelledText[],
  context: LabelContext,
): Promise<Figures | null> {
  if (!(await hasLabeller(place.model, context.files))) {
    return null;
  }
  try {
    return await withLabeller(place, context, (labeller) => evaluateTexts(labeller, validation, context));
  } catch (error) {
    if (error instanceof LmError && error.code === "checkpointCorrupt") {
      return null;
    }
    throw error;
  }
}

interface Loss {
  readonly directory: string;
  readonly stopped: "cancelled" | "nonFinite";
  readonly own: Figures;
  readonly earlier: Figures;
}

function earlierStays({ directory, stopped, own, earlier }: Loss): LmError {
  const [code, what, advice] =
    stopped === "cancelled"
      ? (["cancelled", "The training was cancelled", "To have the new one, let it come to its end, or"] as const)
      : ([
          "nonFiniteLoss",
          "The loss exploded",
          "Choose smaller sizes; to have the new one as it was before that,",
        ] as const);
  return new LmError(
    code,
    `${what}, and the model in ${directory} is the one that was there: of ${readableCount(own.count)} held-out labels that has ` +
      `${readableCount(earlier.right)} right, the new one ${readableCount(own.right)}, which is not more. ${advice} train into another directory.`,
  );
}
