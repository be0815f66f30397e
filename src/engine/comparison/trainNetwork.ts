import { createRng } from "../../base/rng.ts";
import { LmError } from "../../base/errors.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import { FamilyModel } from "../../models/neural/family/familyModel.ts";
import { familyParameterCount, multiplicationsPerToken } from "../../models/neural/family/familyShapes.ts";
import { countTokens } from "../../models/neural/unigramBias.ts";
import { familyWeights } from "../../models/neural/family/familyWeights.ts";
import type { CompareJob } from "../../protocol/compareMessages.ts";
import { FamilyRun, type FamilyRunOutcome, type FamilyRunProgress, type CurvePoint } from "../../training/familyRun.ts";
import { scoreNeuralCache } from "../../training/scoreNeuralCache.ts";
import { scoreStream } from "../../training/scoreStream.ts";
import type { JobContext } from "../jobContext.ts";
import type { Backend } from "../selectBackend.ts";
import type { ComparedText } from "./comparedText.ts";
import { emptyProbabilities, type Probabilities } from "./countingScores.ts";
import { bestShare, mixLinearly, natsOf } from "./mixScores.ts";
import type { NetworkPlan } from "./networkPresets.ts";
import { sampleFamily } from "./sampleFamily.ts";

export interface TrainNetworkCall {
  readonly plan: NetworkPlan;
  readonly text: ComparedText;
  readonly job: Pick<CompareJob, "budgetSeconds" | "epochs" | "seed">;
  readonly backend: Backend;
  /** Whether a cache over the hidden states is scored as well. */
  readonly isCached: boolean;
  readonly onPoint: (point: CurvePoint) => void;
  readonly onProgress: (progress: FamilyRunProgress) => void;
}

/** A network after its training: what it gave to the held-out texts. */
export interface TrainedNetwork {
  readonly outcome: FamilyRunOutcome;
  readonly parameters: number;
  readonly multiplicationsPerToken: number;
  readonly validation: Probabilities;
  readonly test: Probabilities;
  /** What a cache over its hidden states gives to the held-out texts; null unless it was asked for. */
  readonly cache: { readonly validation: Float64Array; readonly test: Float64Array } | null;
  /** What it writes. */
  readonly sample: string;
}

interface ScoredStream {
  readonly scored: Probabilities;
  readonly rows: Float32Array | null;
}

const SAMPLE_TOKENS = 60;
/** Places that the cache remembers, and θ of which the validation text chooses; Grave et al. use 0.3 on the Penn Treebank. */
const CACHE_PLACES = 500;
const SHARPNESSES = [0.05, 0.1, 0.2, 0.3, 0.5, 1] as const;

/** Trains a network on the training text and scores it with the weights that were best on the validation text; null where it was cancelled. */
export async function trainNetwork(call: TrainNetworkCall, context: JobContext): Promise<TrainedNetwork | null> {
  const { plan, text, job, backend } = call;
  const { spec, recipe } = plan;
  const { clock, signal, pause } = context;
  const counts = countTokens(text.training.targets, spec.vocabularySize);
  const model = new FamilyModel(spec, familyWeights(spec, createRng(job.seed), counts), backend.kernels);
  try {
    const outcome = await new FamilyRun({
      model,
      recipe,
      training: text.training,
      validation: text.validation,
      budgetSeconds: job.budgetSeconds,
      epochs: job.epochs,
      seed: job.seed,
      clock,
      signal,
      pause,
      onPoint: call.onPoint,
      onProgress: call.onProgress,
    }).run();
    if (outcome.stopped === "nonFinite" && !Number.isFinite(outcome.validationPerplexity)) {
      throw new LmError(
        "nonFiniteLoss",
        "The loss exploded before there was anything worth keeping; choose a lower learningRate or a smaller clipNorm.",
      );
    }
    const score = async (stream: PredictionStream): Promise<ScoredStream> => {
      const { laneCount, windowTokens } = recipe;
      const isKeepingRows = call.isCached;
      const options = { laneCount, windowTokens, isKeepingRows, signal, pause };
      const { nats, bestNats, rows } = await scoreStream(model, stream, options);
      const scored = emptyProbabilities(stream.count);
      nats.forEach((value, place) => (scored.own[place] = Math.exp(-value)));
      bestNats.forEach((value, place) => (scored.best[place] = Math.exp(-value)));
      return { scored, rows };
    };
    const validation = await score(text.validation);
    const test = await score(text.test);
    const cache = await scoreCaches({ text, validation, test }, context);
    const sample = sampleFamily(model, {
      vocabulary: text.vocabulary,
      lengthTokens: SAMPLE_TOKENS,
      rng: createRng(job.seed),
    });
    return signal.aborted
      ? null
      : {
          outcome,
          parameters: familyParameterCount(spec),
          multiplicationsPerToken: multiplicationsPerToken(spec),
          validation: validation.scored,
          test: test.scored,
          cache,
          sample,
        };
  } finally {
    model.dispose();
  }
}

async function scoreCaches(
  {
    text,
    validation,
    test,
  }: { readonly text: ComparedText; readonly validation: ScoredStream; readonly test: ScoredStream },
  { signal, pause }: JobContext,
): Promise<TrainedNetwork["cache"]> {
  if (validation.rows === null || test.rows === null) {
    return null;
  }
  const score = (rows: Float32Array, stream: PredictionStream, sharpness: number): Promise<Float64Array> =>
    scoreNeuralCache({ rows, targets: stream.targets, size: CACHE_PLACES, sharpness, signal, pause });
  let best = { nats: Number.POSITIVE_INFINITY, sharpness: 0, own: new Float64Array(0) as Float64Array };
  for (const sharpness of SHARPNESSES) {
    const own = await score(validation.rows, text.validation, sharpness);
    const share = bestShare(validation.scored.own, own);
    const nats = natsOf(mixLinearly(validation.scored.own, own, share));
    best = nats < best.nats ? { nats, sharpness, own } : best;
  }
  return { validation: best.own, test: await score(test.rows, text.test, best.sharpness) };
}
