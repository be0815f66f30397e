import { createRng } from "../../base/rng.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { FamilyModel } from "../../models/neural/family/familyModel.ts";
import { familyParameterCount, multiplicationsPerToken } from "../../models/neural/family/familyShapes.ts";
import type { CompareJob } from "../../protocol/compareMessages.ts";
import type { CurvePoint, FamilyRunOutcome, FamilyRunProgress } from "../../training/familyRun.ts";
import { scoreNeuralCache } from "../../training/scoreNeuralCache.ts";
import { scoreStream } from "../../training/scoreStream.ts";
import type { JobContext } from "../jobContext.ts";
import type { Backend } from "../selectBackend.ts";
import type { SplitText } from "../family/splitText.ts";
import { type Probabilities, probabilitiesOf, RANKED_TOKENS } from "./countingScores.ts";
import { CACHE_PLACES, fitNeuralCache } from "./fitNeuralCache.ts";
import type { HeldOutScores } from "./mixScores.ts";
import type { NetworkPlan } from "../family/networkPresets.ts";
import { trainFamily } from "../family/trainFamily.ts";
import { type DynamicallyScored, scoreDynamically } from "./scoreDynamically.ts";
import { NetworkReader, SAMPLE_TOKENS, writeSample } from "./writeSample.ts";

export interface TrainNetworkCall {
  readonly plan: NetworkPlan;
  readonly text: SplitText;
  readonly job: Pick<CompareJob, "budgetSeconds" | "epochs" | "seed" | "tokenizer">;
  readonly backend: Backend;
  /** Whether it is mixed with other models, for which its likeliest tokens are kept. */
  readonly isMixed: boolean;
  /** Whether a cache over the hidden states is scored as well. */
  readonly isCached: boolean;
  /** Whether the held-out texts are scored by dynamic evaluation as well. */
  readonly isDynamic: boolean;
  readonly onPoint: (point: CurvePoint) => void;
  readonly onProgress: (progress: FamilyRunProgress) => void;
}

/** A network after its training: what it gave to the held-out texts. */
export interface TrainedNetwork {
  readonly outcome: FamilyRunOutcome & { readonly stopped: Exclude<FamilyRunOutcome["stopped"], "cancelled"> };
  readonly parameters: number;
  readonly multiplicationsPerToken: number;
  readonly validation: Probabilities;
  readonly test: Probabilities;
  /** What a cache over its hidden states gives to the held-out texts; null unless it was asked for. */
  readonly cache: HeldOutScores | null;
  /** What it gives while it learns on; null unless it was asked for. */
  readonly dynamic: DynamicallyScored | null;
  /** What it writes. */
  readonly sample: string;
}

interface ScoredStream {
  readonly scored: Probabilities;
  readonly rows: Float32Array | null;
}

/** Trains a network on the training text and scores it with the weights that were best on the validation text; null where it was cancelled. */
export async function trainNetwork(call: TrainNetworkCall, context: JobContext): Promise<TrainedNetwork | null> {
  const { plan, text, job, backend } = call;
  const { clock, signal, pause } = context;
  const { budgetSeconds, epochs, seed } = job;
  const { training, validation } = text;
  const { onPoint, onProgress } = call;
  const told = { clock, signal, pause, onPoint, onProgress };
  return trainFamily(
    { plan, kernels: backend.kernels, training, validation, budgetSeconds, epochs, seed, ...told },
    (model, outcome) => scoreNetwork({ ...call, model, outcome }, context),
  );
}

async function scoreNetwork(
  call: TrainNetworkCall & { readonly model: FamilyModel; readonly outcome: FamilyRunOutcome },
  context: JobContext,
): Promise<TrainedNetwork | null> {
  const { plan, text, job, model, outcome } = call;
  const { spec, recipe } = plan;
  const { signal, pause } = context;
  const score = async (stream: PredictionStream, rankedCount: number): Promise<ScoredStream> => {
    const { laneCount, windowTokens } = recipe;
    const isKeepingRows = call.isCached;
    const options = { laneCount, windowTokens, isKeepingRows, rankedCount, signal, pause };
    const { rows, ...scores } = await scoreStream(model, stream, options);
    return { scored: probabilitiesOf(scores), rows };
  };
  const validation = await score(text.validation, 0);
  const test = await score(text.test, call.isMixed ? RANKED_TOKENS : 0);
  const cache = await scoreCaches({ text, validation, test }, context);
  const plain = { validation: validation.scored, test: test.scored };
  const dynamic = call.isDynamic
    ? await scoreDynamically({ model, text, tokenizer: job.tokenizer, plain, seed: job.seed }, context)
    : null;
  const { vocabulary, isContinuous } = text;
  const reader = new NetworkReader(model, { vocabulary, firstToken: text.training.firstInput, isContinuous });
  const sample = writeSample(reader, { vocabulary, lengthTokens: SAMPLE_TOKENS, rng: createRng(job.seed) });
  return signal.aborted || outcome.stopped === "cancelled"
    ? null
    : {
        outcome: { ...outcome, stopped: outcome.stopped },
        parameters: familyParameterCount(spec),
        multiplicationsPerToken: multiplicationsPerToken(spec),
        ...plain,
        cache,
        dynamic,
        sample,
      };
}

async function scoreCaches(
  {
    text,
    validation,
    test,
  }: { readonly text: SplitText; readonly validation: ScoredStream; readonly test: ScoredStream },
  { signal, pause }: JobContext,
): Promise<TrainedNetwork["cache"]> {
  if (validation.rows === null || test.rows === null) {
    return null;
  }
  const read = { own: validation.scored.own, rows: validation.rows, targets: text.validation.targets };
  const { sharpness, scored } = await fitNeuralCache(read, { signal, pause });
  const { rows } = test;
  const { targets } = text.test;
  const options = { size: CACHE_PLACES, sharpness, rankedCount: RANKED_TOKENS, signal, pause };
  return { validation: scored, test: await scoreNeuralCache({ rows, targets, ...options }) };
}
