import { counted, readableCount } from "../base/readableNumbers.ts";
import { createRng } from "../base/rng.ts";
import type { BatchPosition } from "../batches/laneBatches.ts";
import { type DateOrder, LaneBatcher } from "../batches/laneBatcher.ts";
import type { TokenStream } from "../batches/tokenStream.ts";
import type { CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { Corpus } from "../corpus/corpus.ts";
import { createNetwork } from "../models/neural/createNetwork.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import { temperWeights } from "../models/neural/temperWeights.ts";
import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import { countTokens } from "../models/neural/unigramBias.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import { StepTimes } from "../training/stepTimes.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import { Trainer, type TrainerSnapshot } from "../training/trainer.ts";
import type { HeldOut } from "../training/heldOut.ts";
import type { ReachedRun, RunContext, RunOutcome, RunStart } from "../training/runContext.ts";
import { TrainingRun } from "../training/trainingRun.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { HeldOutText } from "./heldOutText.ts";
import { heldOutSupply, heldOutWindows } from "./heldOutWindows.ts";
import { gateSeconds, learnGate } from "./learnGate.ts";
import type { EarlierRun } from "./earlierRun.ts";
import { isOutOfMemory } from "./memoryFailure.ts";
import { judgeRival, type Rival } from "./rival.ts";
import { describeEnd, lowerRate, type RunEnd } from "./runEnd.ts";
import { RunRecorder } from "./runRecorder.ts";
import type { TrainContext } from "./jobContext.ts";
import type { Backend } from "./selectBackend.ts";
import type { RefreshedStart } from "./refreshVocabulary.ts";

export interface PlanCall {
  readonly job: TrainJob;
  readonly corpus: Corpus;
  readonly backend: Backend;
  readonly earlier: EarlierRun | null;
  /** On the clock of the job. */
  readonly beganMs: number;
}

/** Everything decided before the first step. */
export interface RunPlan extends PlanCall {
  /**
   * Where pieces were learnt anew for a model that is gone on with. Then the trainer's state does not fit, and the model's figures are another vocabulary's: it
   * is a rival, as for a fresh run.
   */
  readonly refreshed: RefreshedStart | null;
  readonly vocabulary: Vocabulary;
  /** Of the last corpus that the vocabulary was learnt from, or was found to fit. */
  readonly vocabularyFingerprint: string;
  readonly spec: NetworkSpec;
  readonly settings: TrainingSettings;
  readonly stream: TokenStream;
  readonly sample: HeldOutText | null;
  readonly whole: HeldOutText | null;
}

/** A run that can begin. */
export interface PlannedRun extends RunPlan {
  readonly store: CheckpointStore;
}

/** What a run leaves to the next whose memory was not enough for its lanes. */
interface LeftRun {
  readonly reached: ReachedRun;
  readonly weights: WeightMap;
  readonly trainer: TrainerSnapshot;
  readonly position: BatchPosition;
  readonly windowsPerEpoch: number;
  /** The model that lies where this one shall be, if it is another run's. */
  readonly rival: Rival | null;
}

/** A run to its end. Where the memory is not enough for its lanes it goes on with half of them, from where it was. */
export async function trainPlan(plan: PlannedRun, context: TrainContext): Promise<RunEnd> {
  let { settings } = plan;
  let left: LeftRun | null = null;
  for (;;) {
    const attempt: Attempt = await attemptPlan({ ...plan, settings, left }, context);
    if (attempt.kind === "ended") {
      return attempt.end;
    }
    const laneCount = Math.floor(attempt.laneCount / 2);
    context.emit({
      type: "notice",
      level: "warning",
      message: `The memory was not enough to read ${counted(attempt.laneCount, "lane")} at once; training goes on with ${readableCount(laneCount)}.`,
    });
    settings = { ...settings, laneCount };
    left = attempt.left;
  }
}

type Attempt =
  | { readonly kind: "ended"; readonly end: RunEnd }
  | { readonly kind: "outOfMemory"; readonly laneCount: number; readonly left: LeftRun };

async function attemptPlan(
  plan: PlannedRun & { readonly left: LeftRun | null },
  context: TrainContext,
): Promise<Attempt> {
  const { backend, spec, job, earlier, left } = plan;
  const resumed = plan.refreshed === null ? earlier : null;
  const isSameCorpus = resumed?.checkpoint.origin.corpusFingerprint === plan.corpus.fingerprint;
  const batcher = openBatcher(plan, left ?? (isSameCorpus ? resumed : null));
  const settings = { ...plan.settings, laneCount: batcher.laneCount, windowTokens: batcher.windowTokens };
  const weights = left?.weights ?? plan.refreshed?.weights ?? resumed?.resume.weights ?? freshWeights(plan);
  const network = createNetwork(spec, weights, backend.kernels);
  const times = openTimes(context);
  const trainer = new Trainer(network, settings, times);
  try {
    const snapshot = left?.trainer ?? snapshotOf(resumed);
    if (snapshot !== null) {
      trainer.restore(snapshot);
    }
    const shape = { ...settings, ...readsMatches(spec) };
    const sample = plan.sample === null ? null : heldOutWindows(plan.sample.stream, shape);
    const heldOut = plan.whole === null ? null : heldOutSupply(plan.whole.stream, shape);
    const rival = left === null ? await rivalOf(plan, resumed, context) : left.rival;
    const gate = earlier?.checkpoint.gate ?? null;
    const reservedSeconds = gateSeconds(plan, job.options.budgetSeconds);
    const recorder = new RunRecorder(
      { ...plan, gate, network, trainer, batcher, settings, heldOutTokens: heldOut?.all.tokens ?? 0, rival },
      context,
    );
    const { budgetSeconds, epochs, seed } = job.options;
    const runContext: RunContext = {
      ...{ network, trainer, stream: batcher, settings, seed, listener: recorder, sample, heldOut, reservedSeconds },
      ...{ ...context, limits: { budgetSeconds, epochs }, ...times, temper: temperWeights.bind(null, spec) },
    };
    const run = new TrainingRun(runContext, {
      ...startOf(plan, { resumed, isSameCorpus, weights, sample }),
      ...left?.reached,
      elapsedSeconds: (earlier?.elapsedSeconds ?? 0) + (context.clock.nowMs() - plan.beganMs) / 1000,
    });
    const outcome = await runWithin(run, settings);
    if (outcome === null) {
      const left = leave(run, { network, trainer, batcher });
      return {
        kind: "outOfMemory",
        laneCount: settings.laneCount,
        left: { ...left, rival: recorder.hasSaved ? null : rival },
      };
    }
    if (recorder.hasSaved && outcome.stopped !== "cancelled") {
      await learnGate({ ...plan, gate, network, recorder, reservedSeconds }, context);
    }
    return { kind: "ended", end: endOf(outcome, { recorder, settings }, context) };
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

function leave(
  { reached, position }: TrainingRun,
  {
    network,
    trainer,
    batcher,
  }: {
    readonly network: TrainableModel;
    readonly trainer: Trainer;
    readonly batcher: LaneBatcher;
  },
): Omit<LeftRun, "rival"> {
  const { windowsPerEpoch } = batcher;
  return { reached, weights: network.readWeights(), trainer: trainer.snapshot(), position, windowsPerEpoch };
}

/**
 * A run that goes on with a model has no rival but that. Where the memory is not enough to ask the rival, it is asked in fewer lanes; one of another run that it is not
 * enough for at all cannot be compared with.
 */
async function rivalOf(plan: PlannedRun, resumed: EarlierRun | null, context: TrainContext): Promise<Rival | null> {
  if (resumed !== null) {
    return null;
  }
  for (let { laneCount } = plan.settings; ; laneCount = Math.floor(laneCount / 2)) {
    try {
      return await judgeRival({ ...plan, settings: { ...plan.settings, laneCount } }, context);
    } catch (error) {
      if (!isOutOfMemory(error) || (laneCount === 1 && plan.refreshed !== null)) {
        throw error;
      }
      if (laneCount === 1) {
        return { bitsPerByte: null };
      }
    }
  }
}

/** Null where the memory was not enough, and lanes can be left out. */
async function runWithin(run: TrainingRun, { laneCount }: TrainingSettings): Promise<RunOutcome | null> {
  try {
    return await run.run();
  } catch (error) {
    if (isOutOfMemory(error) && laneCount > 1) {
      return null;
    }
    throw error;
  }
}

/** Where a run begins: of weights that are gone on with, what is known of them. */
function startOf(
  { earlier, job, refreshed }: PlannedRun,
  {
    resumed,
    isSameCorpus,
    weights,
    sample,
  }: {
    readonly resumed: EarlierRun | null;
    readonly isSameCorpus: boolean;
    readonly weights: WeightMap;
    readonly sample: HeldOut | null;
  },
): Omit<RunStart, "elapsedSeconds"> {
  const given = resumed === null ? "chance" : "model";
  // Another corpus has other held-out text: the old figures say nothing about it.
  const known = isSameCorpus ? resumed : null;
  return {
    step: earlier?.step ?? 0,
    trainedTokens: earlier?.trainedTokens ?? 0,
    best: known?.best?.bytes === sample?.bytes ? (known?.best ?? null) : null,
    weightsFrom: refreshed === null ? given : "otherPieces",
    bestWeights: resumed?.checkpoint.weights ?? weights,
    validation: known?.checkpoint.progress.validation ?? null,
    rateShare: resumedRateShare(resumed, job),
  };
}

/** A schedule that was halved stays so, unless a rate is given now. */
function resumedRateShare(resumed: EarlierRun | null, { options }: TrainJob): number {
  return options.settings?.learningRate === undefined ? (resumed?.rateShare ?? 1) : 1;
}

function snapshotOf(earlier: EarlierRun | null): TrainerSnapshot | null {
  return earlier === null ? null : { ...earlier.resume, optimizerStep: earlier.optimizerStep };
}

function freshWeights({ spec, job, stream, vocabulary }: RunPlan): WeightMap {
  // How often each token is to be predicted in a pass: START, which stands before every document, never.
  const counts = countTokens(stream.tokens, vocabulary.size);
  counts[vocabulary.startId] = 0;
  return initialWeights(spec, createRng(job.options.seed), counts);
}

function openTimes({ clock, meter }: TrainContext): { readonly times?: StepTimes } {
  return meter === undefined ? {} : { times: new StepTimes({ clock, processorMs: meter.processorMs }) };
}

/**
 * About the length of a source file. In one long document START would be met once a pass, and be a riddle in all held-out
 * text: on a megabyte of Shakespeare in one file, perplexity after START was 1,489 where it was 12.8 without.
 */
const RESTART_TOKENS = 2048;

/** Training windows from where the earlier run stood; from as far into the pass where its windows were of another shape. */
function openBatcher(
  { stream, settings, spec, job, corpus }: RunPlan,
  earlier: Pick<EarlierRun, "position" | "windowsPerEpoch"> | null,
): LaneBatcher {
  const { laneCount, windowTokens } = settings;
  const shape = {
    laneCount,
    windowTokens,
    seed: job.options.seed,
    restartTokens: RESTART_TOKENS,
    ...dateOrder(settings, corpus),
    ...readsMatches(spec),
  };
  const fresh = new LaneBatcher(stream, shape);
  if (earlier === null) {
    return fresh;
  }
  const { epoch, windowIndex } = earlier.position;
  const passed = Math.floor((windowIndex / earlier.windowsPerEpoch) * fresh.windowsPerEpoch);
  return new LaneBatcher(stream, {
    ...shape,
    start: { epoch, windowIndex: Math.min(passed, fresh.windowsPerEpoch - 1) },
  });
}

function dateOrder({ dateOrder: order }: TrainingSettings, { training }: Corpus): { readonly byDate?: DateOrder } {
  if (order === 0) {
    return {};
  }
  const modifiedEpochMs = training.map((document) => document.modifiedEpochMs);
  return { byDate: { modifiedEpochMs, first: order === 1 ? "newest" : "oldest" } };
}

function readsMatches({ readsMatches = false }: NetworkSpec): { readonly readsMatches: boolean } {
  return { readsMatches };
}

function endOf(
  outcome: RunOutcome,
  { recorder, settings }: { readonly recorder: RunRecorder; readonly settings: TrainingSettings },
  { emit }: TrainContext,
): RunEnd {
  const { learningRate } = settings;
  if (outcome.stopped === "nonFinite" && outcome.left === "model") {
    emit({
      type: "notice",
      level: "warning",
      message: `The loss exploded or stopped being a finite number a second time, so training ended; the best model until then is kept. ${lowerRate({ learningRate })}`,
    });
  }
  return describeEnd(outcome, { learningRate, hasSaved: recorder.hasSaved });
}
