import { LmError } from "../base/errors.ts";
import { counted, readableCount } from "../base/readableNumbers.ts";
import { createRng } from "../base/rng.ts";
import type { BatchPosition } from "../batches/laneBatches.ts";
import { LaneBatcher } from "../batches/laneBatcher.ts";
import { encodeDocuments, type TokenStream } from "../batches/tokenStream.ts";
import { checkpointError, type CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { Corpus } from "../corpus/corpus.ts";
import { createNetwork } from "../models/neural/createNetwork.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import { parameterCount, type NetworkSpec, type WeightMap } from "../models/neural/networkSpec.ts";
import { countTokens } from "../models/neural/unigramBias.ts";
import type { DoneEvent, TrainJob } from "../protocol/engineMessages.ts";
import { StepTimes } from "../training/stepTimes.ts";
import { Trainer, type TrainerSnapshot } from "../training/trainer.ts";
import type { RunContext, RunOutcome, RunStart } from "../training/runContext.ts";
import { TrainingRun } from "../training/trainingRun.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { requireVocabularySize } from "../tokens/vocabularySizes.ts";
import { readWorkspace } from "./readWorkspace.ts";
import { heldOutSample, heldOutWhole, type HeldOutText } from "./heldOutText.ts";
import { heldOutSupply, heldOutWindows } from "./heldOutWindows.ts";
import { gateSeconds, learnGate } from "./learnGate.ts";
import { fitLanes, modelDefaults } from "./modelDefaults.ts";
import { openEarlierRun, type EarlierRun } from "./earlierRun.ts";
import { isOutOfMemory } from "./memoryFailure.ts";
import { requireMemory } from "./requireMemory.ts";
import { judgeRival } from "./rival.ts";
import { RunRecorder } from "./runRecorder.ts";
import type { TrainContext } from "./jobContext.ts";
import type { Backend } from "./selectBackend.ts";
import { MAX_COUNTED_VOCABULARY, streamDocuments } from "./streamDocuments.ts";
import { learnVocabulary } from "./learnVocabulary.ts";
import { type RefreshedStart, refreshVocabulary } from "./refreshVocabulary.ts";

/**
 * Trains a model on a workspace and keeps the best in `job.out`. What was there stays until something better is written.
 * Ordinary misfortune throws `LmError`; cancellation is an outcome.
 */
export async function runTrainJob(job: TrainJob, context: TrainContext): Promise<DoneEvent> {
  // The budget is the user's time: it runs from the order, not from the first step.
  const beganMs = context.clock.nowMs();
  requireTrainable(job);
  const store = context.openStore(job.out);
  context.emit({ type: "phase", phase: "backend" });
  const backend = await context.backend(job.options.backend);
  try {
    const stopped = await trainInto(store, { job, backend, beganMs }, context);
    const { backend: name, device } = backend.description;
    return { type: "done", model: job.out, backend: name, device, stopped };
  } finally {
    await store.release();
  }
}

interface JobCall {
  readonly job: TrainJob;
  readonly backend: Backend;
  readonly beganMs: number;
}

async function trainInto(
  store: CheckpointStore,
  { job, backend, beganMs }: JobCall,
  context: TrainContext,
): Promise<DoneEvent["stopped"]> {
  const earlier = job.options.isResume ? await claimEarlierRun(store, job) : null;
  context.emit({ type: "phase", phase: "corpus" });
  const corpus = await readWorkspace(job, context);
  if (corpus === null) {
    return "cancelled";
  }
  // Only now: an order that cannot be carried out leaves no folder behind.
  await store.prepare();
  context.emit({ type: "phase", phase: "tokenizer" });
  const plan = await planRun({ job, corpus, backend, earlier }, context);
  if (context.signal.aborted) {
    return "cancelled";
  }
  requireMemory(parameterCount(plan.spec), { freeBytes: context.freeBytes() });
  announce(plan, context);
  if (plan.vocabulary.size <= MAX_COUNTED_VOCABULARY) {
    store.keepDocuments(streamDocuments(plan.stream));
  }
  if (plan.refreshed !== null) {
    store.forgetResume();
  }
  return trainPlan({ ...plan, job, store, beganMs }, context);
}

/** The run to go on with, read once nobody else can write to it any more. */
async function claimEarlierRun(store: CheckpointStore, job: TrainJob): Promise<EarlierRun> {
  const read = await store.readManifest();
  if (read.kind !== "manifest") {
    throw checkpointError(read);
  }
  await store.prepare();
  return openEarlierRun(store, job);
}

interface PlanCall {
  readonly job: TrainJob;
  readonly corpus: Corpus;
  readonly backend: Backend;
  readonly earlier: EarlierRun | null;
}

/** Everything decided before the first step. */
interface RunPlan extends PlanCall {
  /**
   * Where pieces were learnt anew for a model that is gone on with. Then the trainer's state does not fit, and the model's figures are another vocabulary's: it
   * is a rival, as for a fresh run.
   */
  readonly refreshed: RefreshedStart | null;
  readonly vocabulary: Vocabulary;
  readonly spec: NetworkSpec;
  readonly settings: TrainingSettings;
  readonly stream: TokenStream;
  readonly sample: HeldOutText | null;
  readonly whole: HeldOutText | null;
}

async function planRun(call: PlanCall, context: TrainContext): Promise<RunPlan> {
  const { job, corpus, backend, earlier } = call;
  const { options } = job;
  const tokenizer = options.tokenizer ?? earlier?.vocabulary.kind ?? "bpe";
  const cell = earlier?.checkpoint.spec.cell ?? options.cell ?? "lstm";
  const defaults = modelDefaults({ backend: backend.description.backend, tokenizer, cell });
  const texts = corpus.training.map(({ text }) => text);
  const refreshed =
    earlier !== null && isRefreshable(earlier, call)
      ? await refreshVocabulary({ earlier, texts, usualSize: defaults.vocabularySize }, context)
      : null;
  const vocabulary =
    refreshed?.vocabulary ??
    earlier?.vocabulary ??
    learnVocabulary(texts, {
      kind: tokenizer,
      vocabularySize: options.vocabularySize ?? defaults.vocabularySize,
      signal: context.signal,
    });
  await context.pause();
  const stream = encodeDocuments(texts, vocabulary);
  await context.pause();
  const { hiddenSize, layerCount } = earlier?.checkpoint.spec ?? {
    hiddenSize: options.hiddenSize ?? defaults.hiddenSize,
    layerCount: options.layerCount ?? defaults.layerCount,
  };
  const spec = { cell, vocabularySize: vocabulary.size, hiddenSize, layerCount };
  return {
    ...call,
    refreshed,
    vocabulary,
    spec,
    stream,
    settings: chosenSettings(defaults.training, { given: options.settings ?? {}, stream }),
    sample: heldOutSample(corpus.validation, vocabulary),
    whole: heldOutWhole(corpus.validation, vocabulary),
  };
}

/** A run that had come to its end, of files that changed since; without held-out text nobody would know whether the model got better. */
function isRefreshable({ isOver, checkpoint }: EarlierRun, { job, corpus }: PlanCall): boolean {
  const isChanged = checkpoint.origin.corpusFingerprint !== corpus.fingerprint;
  return isOver && isChanged && corpus.validation.length > 0 && job.options.keepsPieces !== true;
}

/** The defaults, but for what was given. */
function chosenSettings(
  defaults: TrainingSettings,
  { given, stream }: { readonly given: Partial<TrainingSettings>; readonly stream: TokenStream },
): TrainingSettings {
  const settings = { ...defaults, ...given };
  return given.laneCount === undefined ? fitLanes(settings, stream.predictedTokens) : settings;
}

function announce(
  { corpus, spec, stream, whole, earlier, refreshed, vocabulary }: RunPlan,
  { emit }: TrainContext,
): void {
  const { report } = corpus;
  emit({
    type: "corpus",
    takenCount: report.takenCount,
    takenBytes: report.takenBytes,
    excludedCounts: report.excludedCounts,
    duplicateCount: report.duplicateCount,
    redactedCount: report.redactedCount,
    trainingTokens: stream.predictedTokens,
    validationTokens: whole?.stream.predictedTokens ?? 0,
    vocabularySize: vocabulary.size,
    parameterCount: parameterCount(spec),
  });
  if (whole === null) {
    emit({
      type: "notice",
      level: "warning",
      message: "The workspace is too small to hold anything out, so there is no validation perplexity.",
    });
  } else if (whole.isCut) {
    emit({
      type: "notice",
      level: "info",
      message: `The validation figure is over ${whole.stream.bytes.toLocaleString("en-US")} bytes of the held-out files, not all of them.`,
    });
  }
  for (const message of [...(earlier?.notices ?? []), ...(refreshed === null ? [] : [refreshed.notice])]) {
    emit({ type: "notice", level: "info", message });
  }
  if (earlier !== null && earlier.checkpoint.origin.corpusFingerprint !== corpus.fingerprint) {
    emit({
      type: "notice",
      level: "info",
      message: "The workspace changed since the model was trained; training goes on with the files as they are now.",
    });
  }
}

interface PlannedRun extends RunPlan {
  readonly store: CheckpointStore;
  readonly beganMs: number;
}

/** What a run leaves to the next whose memory was not enough for its lanes. */
interface LeftRun extends Omit<RunStart, "elapsedSeconds"> {
  readonly weights: WeightMap;
  readonly trainer: TrainerSnapshot;
  readonly position: BatchPosition;
  readonly windowsPerEpoch: number;
}

/** A run to its end. Where the memory is not enough for its lanes it goes on with half of them, from where it was. */
async function trainPlan(plan: PlannedRun, context: TrainContext): Promise<DoneEvent["stopped"]> {
  let { settings } = plan;
  let left: LeftRun | null = null;
  for (;;) {
    const attempt: Attempt = await attemptPlan({ ...plan, settings, left }, context);
    if (attempt.kind === "stopped") {
      return attempt.stopped;
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
  | { readonly kind: "stopped"; readonly stopped: DoneEvent["stopped"] }
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
    if (left !== null) {
      trainer.restore(left.trainer);
    } else if (resumed !== null) {
      trainer.restore({ ...resumed.resume, optimizerStep: resumed.optimizerStep });
    }
    const sample = plan.sample === null ? null : heldOutWindows(plan.sample.stream, settings);
    const heldOut = plan.whole === null ? null : heldOutSupply(plan.whole.stream, settings);
    const rival = resumed === null ? await judgeRival(plan, context) : null;
    const gate = earlier?.checkpoint.gate ?? null;
    const reservedSeconds = gateSeconds(plan, job.options.budgetSeconds);
    const recorder = new RunRecorder(
      { ...plan, gate, network, trainer, batcher, settings, heldOutTokens: heldOut?.all.tokens ?? 0, rival },
      context,
    );
    const runContext: RunContext = {
      network,
      trainer,
      stream: batcher,
      sample,
      heldOut,
      settings,
      limits: { budgetSeconds: job.options.budgetSeconds, epochs: job.options.epochs },
      reservedSeconds,
      seed: job.options.seed,
      clock: context.clock,
      ...times,
      signal: context.signal,
      listener: recorder,
      pause: context.pause,
    };
    const run = new TrainingRun(runContext, {
      step: earlier?.step ?? 0,
      trainedTokens: earlier?.trainedTokens ?? 0,
      elapsedSeconds: (earlier?.elapsedSeconds ?? 0) + (context.clock.nowMs() - plan.beganMs) / 1000,
      // Another corpus has other held-out text: the old figure says nothing about it.
      best: isSameCorpus && resumed.best?.bytes === sample?.bytes ? resumed.best : null,
      bestWeights: resumed?.checkpoint.weights ?? weights,
      ...(left === null ? {} : startOf(left)),
    });
    const outcome = await run.run().catch((error: unknown) => {
      if (!isOutOfMemory(error) || settings.laneCount < 2) {
        throw error;
      }
      return null;
    });
    if (outcome === null) {
      const { position, windowsPerEpoch } = batcher;
      const reached = { ...run.reached, weights: network.readWeights(), trainer: trainer.snapshot() };
      return { kind: "outOfMemory", laneCount: settings.laneCount, left: { ...reached, position, windowsPerEpoch } };
    }
    noteOutcome(outcome, context);
    if (recorder.hasSaved && outcome.stopped !== "cancelled") {
      await learnGate({ ...plan, gate, network, recorder, reservedSeconds }, context);
    }
    return { kind: "stopped", stopped: outcome.stopped };
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

function startOf({ step, trainedTokens, best, bestWeights }: LeftRun): Omit<RunStart, "elapsedSeconds"> {
  return { step, trainedTokens, best, bestWeights };
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
  { stream, settings, job }: RunPlan,
  earlier: Pick<EarlierRun, "position" | "windowsPerEpoch"> | null,
): LaneBatcher {
  const { laneCount, windowTokens } = settings;
  const shape = { laneCount, windowTokens, seed: job.options.seed, restartTokens: RESTART_TOKENS };
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

function noteOutcome({ stopped, isSaved }: RunOutcome, { emit }: TrainContext): void {
  if (stopped === "nonFinite") {
    emit({
      type: "notice",
      level: "warning",
      message:
        "The loss exploded or stopped being a finite number a second time, so training ended; the best model until then is kept. A smaller model or another seed may help.",
    });
  }
  if (!isSaved) {
    emit({
      type: "notice",
      level: "warning",
      message: "Training ended before it had learnt anything worth keeping, so nothing was saved. Give it more time.",
    });
  }
}

/** Refuses what would fail later and less clearly. */
function requireTrainable(job: TrainJob): void {
  const { budgetSeconds, epochs, vocabularySize, tokenizer, isResume } = job.options;
  if (budgetSeconds === null && epochs === null) {
    throw new LmError("badArgument", "A training needs an end: name a budget of time, or a number of epochs.");
  }
  // On resuming, the model keeps the vocabulary it has.
  if (vocabularySize !== null && !isResume) {
    requireVocabularySize(tokenizer ?? "bpe", vocabularySize);
  }
}
