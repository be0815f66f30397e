import { LmError } from "../../base/errors.ts";
import { readableCount, readableFigure } from "../../base/readableNumbers.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { FamilyManifest } from "../../checkpoints/familyStore.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import type { NoticeEvent } from "../../protocol/engineMessages.ts";
import type { Adaptation } from "../../protocol/expertFigures.ts";
import { DynamicEvaluator } from "../../training/dynamicEvaluation.ts";
import { scoreNeuralCache } from "../../training/scoreNeuralCache.ts";
import { probabilitiesOf } from "../comparison/countingScores.ts";
import { CACHE_PLACES, fitNeuralCache, type ReadText } from "../comparison/fitNeuralCache.ts";
import { mixLinearly, natsOf } from "../comparison/mixScores.ts";
import { chooseRates, SEGMENT_TOKENS, usualRates } from "../comparison/scoreDynamically.ts";
import type { JobContext } from "../jobContext.ts";
import { readStream, type StreamReading } from "./scoreText.ts";
import { readTuningText, type TuningText } from "./tuningText.ts";

export interface AdaptationCall {
  readonly stored: FamilyManifest;
  /** Its weights are the same afterwards; borrowed */
  readonly model: TrainableModel;
  /** What is scored. */
  readonly stream: PredictionStream;
  /** How the model reads it as it was trained, with rows where a cache is wanted. */
  readonly reading: StreamReading;
  /** Real paths of what is scored. */
  readonly paths: ReadonlySet<string>;
  readonly adaptations: readonly Adaptation[];
}

interface AdaptationContext extends JobContext {
  readonly emit: (event: NoticeEvent) => void;
}

/** −Σ ln p of the text by each adaptation by itself; null for one that was not asked for. */
export type AdaptedNats = Readonly<Record<Adaptation, number | null>>;

/** θ is what Grave et al. (2017) use on the Penn Treebank; the share is what `NeuralCache` begins with. */
const USUAL_CACHE = { sharpness: 0.3, share: 0.1 } as const;
/** Decides where the training text is cut for the statistics of its gradients. */
const SEED = 1;

/**
 * Scores a text with what adapts to it while it is read, each token after it was predicted. How is chosen by held-out files of the training that are not scored, else
 * as is usual; a notice says which. Throws `LmError`; also where the gradients of dynamic evaluation have no training text to be measured on.
 */
export async function scoreAdapted(call: AdaptationCall, context: AdaptationContext): Promise<AdaptedNats> {
  const { adaptations, stored, paths } = call;
  if (adaptations.length === 0) {
    return { dynamicEvaluation: null, neuralCache: null };
  }
  const tuning = await readTuningText(stored, paths, context);
  const neuralCache = adaptations.includes("neuralCache") ? await scoreCached(call, tuning, context) : null;
  const dynamicEvaluation = adaptations.includes("dynamicEvaluation")
    ? await scoreDynamic(call, tuning, context)
    : null;
  return { dynamicEvaluation, neuralCache };
}

async function scoreCached(
  { model, stream, reading }: AdaptationCall,
  { validation }: TuningText,
  context: AdaptationContext,
): Promise<number> {
  const fitted =
    validation === null
      ? null
      : await fitNeuralCache(
          readText(validation, await readStream(model, validation, { ...context, isKeepingRows: true })),
          context,
        );
  const { sharpness, share } = fitted ?? USUAL_CACHE;
  tell(
    context,
    `Neural cache of ${readableCount(CACHE_PLACES)} places with θ = ${readableFigure(sharpness)} and a share of ${readableFigure(share)}, ${choice(fitted === null ? null : validation)}.`,
  );
  const { own, rows, targets } = readText(stream, reading);
  const cache = await scoreNeuralCache({ ...context, rows, targets, size: CACHE_PLACES, sharpness });
  return natsOf(mixLinearly(own, cache.own, share));
}

function readText({ targets }: PredictionStream, { rows, isCancelled, ...scores }: StreamReading): ReadText {
  if (isCancelled) {
    throw new LmError("cancelled", "The evaluation was cancelled.");
  }
  if (rows === null) {
    throw new TypeError("Expected what a cache is over to have been kept");
  }
  return { own: probabilitiesOf(scores).own, rows, targets };
}

async function scoreDynamic(
  { stored, model, stream, reading }: AdaptationCall,
  { training, validation }: TuningText,
  context: AdaptationContext,
): Promise<number> {
  if (training === null) {
    throw new LmError(
      "badArgument",
      `Dynamic evaluation measures gradients on text that the network was trained on, and none of it that is not scored is where it was (${String(stored.origin["folder"] ?? "an earlier Inkling did not keep where")}); score other files, put it back, train again, or leave --dynamic-evaluation out.`,
    );
  }
  const { signal, pause } = context;
  const { kind: tokenizer } = stored.vocabulary;
  const segmentTokens = SEGMENT_TOKENS[tokenizer];
  const evaluator = await DynamicEvaluator.open(model, training, { segmentTokens, seed: SEED, signal, pause });
  try {
    const rates =
      validation === null
        ? usualRates(tokenizer)
        : await chooseRates(
            evaluator,
            { validation, tokenizer, plain: probabilitiesOf(await readStream(model, validation, context)) },
            context,
          );
    tell(
      context,
      rates === null
        ? "Dynamic evaluation does not help on the validation text, so its figure is the network's own."
        : `Dynamic evaluation with a rate of ${readableFigure(rates.learningRate)} and a decay of ${readableFigure(rates.decay)}, ${choice(validation)}.`,
    );
    const { nats } = rates === null ? reading : await evaluator.score(stream, { ...rates, signal, pause });
    return nats.reduce((sum, value) => sum + value, 0);
  } finally {
    evaluator.dispose();
  }
}

function choice(validation: PredictionStream | null): string {
  return validation === null
    ? "which are usual values: no held-out file of the training is there that is not scored"
    : `as ${readableCount(validation.count)} tokens of held-out files chose that are not scored`;
}

function tell({ emit }: AdaptationContext, message: string): void {
  emit({ type: "notice", level: "info", message });
}
