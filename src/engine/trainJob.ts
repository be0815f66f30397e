import { LmError } from "../base/errors.ts";
import { encodeDocuments, type TokenStream } from "../batches/tokenStream.ts";
import { checkpointError, type CheckpointStore } from "../checkpoints/checkpointStore.ts";
import { type NetworkSpec, parameterCount } from "../models/neural/networkSpec.ts";
import type { DoneEvent, TrainJob } from "../protocol/engineMessages.ts";
import { type GivenSettings, SETTING_NAMES, settingProblem } from "../protocol/settingLimits.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import { requireVocabularySize } from "../tokens/vocabularySizes.ts";
import { readWorkspace } from "./readWorkspace.ts";
import { heldOutSample, heldOutWhole } from "./heldOutText.ts";
import { fitDropout, fitLanes, fitRate, modelDefaults } from "./modelDefaults.ts";
import { chooseSpec } from "./chooseSpec.ts";
import { openEarlierRun, type EarlierRun } from "./earlierRun.ts";
import { requireMemory } from "./requireMemory.ts";
import type { TrainContext } from "./jobContext.ts";
import type { Backend } from "./selectBackend.ts";
import { MAX_COUNTED_VOCABULARY, streamDocuments } from "./streamDocuments.ts";
import { learnVocabulary } from "./learnVocabulary.ts";
import { refreshVocabulary } from "./refreshVocabulary.ts";
import { CANCELLED_EARLY, type RunEnd } from "./runEnd.ts";
import { type PlanCall, type RunPlan, trainPlan } from "./trainPlan.ts";

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
    const end = await trainInto(store, { job, backend, beganMs }, context);
    const { backend: name, device } = backend.description;
    return { type: "done", model: job.out, backend: name, device, ...end };
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
): Promise<RunEnd> {
  const earlier = job.options.isResume ? await claimEarlierRun(store, job) : null;
  context.emit({ type: "phase", phase: "corpus" });
  const corpus = await readWorkspace(job, context);
  if (corpus === null) {
    return CANCELLED_EARLY;
  }
  // Before anything is learnt: where another training writes to the folder, or nothing can be written, this one is refused at once.
  await store.prepare();
  context.emit({ type: "phase", phase: "tokenizer" });
  const plan = await planRun({ job, corpus, backend, earlier, beganMs }, context);
  if (context.signal.aborted) {
    return CANCELLED_EARLY;
  }
  requireMemory(parameterCount(plan.spec), { freeBytes: context.freeBytes(), backend: backend.description });
  announce(plan, context);
  if (plan.vocabulary.size <= MAX_COUNTED_VOCABULARY) {
    store.keepDocuments(streamDocuments(plan.stream));
  }
  if (plan.refreshed !== null) {
    store.forgetResume();
  }
  return trainPlan({ ...plan, store }, context);
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

async function planRun(call: PlanCall, context: TrainContext): Promise<RunPlan> {
  const { job, corpus, backend, earlier } = call;
  const { options } = job;
  const tokenizer = options.tokenizer ?? earlier?.vocabulary.kind ?? "bpe";
  const cell = earlier?.checkpoint.spec.cell ?? options.cell ?? "lstm";
  const texts = corpus.training.map(({ text }) => text);
  const textLength = texts.reduce((sum, text) => sum + text.length, 0);
  const defaults = modelDefaults({ backend: backend.description.backend, tokenizer, cell, textLength });
  const isJudged = earlier === null || isRefreshable(earlier, call);
  const refreshed =
    earlier !== null && isJudged
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
  const spec = await chooseSpec({ ...call, cell, defaults, vocabulary, stream }, context);
  return {
    ...call,
    refreshed,
    vocabulary,
    vocabularyFingerprint: isJudged ? corpus.fingerprint : judgedFingerprint(earlier),
    spec,
    stream,
    settings: chosenSettings(defaults.training, {
      given: { ...settingsUnderWay(earlier), ...options.settings },
      spec,
      stream,
    }),
    sample: heldOutSample(corpus.validation, vocabulary),
    whole: heldOutWhole(corpus.validation, vocabulary),
  };
}

/**
 * Whether pieces may be learnt anew: where a new schedule begins, with files other than those that the pieces are known to fit. A schedule that is under way keeps its
 * pieces, and with them what they are known to fit, so that the next one can. Without held-out text nobody would know whether the model got better.
 */
function isRefreshable(earlier: EarlierRun, { job, corpus }: PlanCall): boolean {
  const isChanged = judgedFingerprint(earlier) !== corpus.fingerprint;
  return earlier.isOver && isChanged && corpus.validation.length > 0 && job.options.keepsPieces !== true;
}

/** Of the last corpus that the pieces were learnt from, or were found to fit. */
function judgedFingerprint({ checkpoint: { origin } }: EarlierRun): string {
  return origin.vocabularyFingerprint ?? origin.corpusFingerprint;
}

/** Those of a schedule that is gone on with; none where a new one begins. */
function settingsUnderWay(earlier: EarlierRun | null): GivenSettings {
  if (earlier === null || earlier.isOver) {
    return {};
  }
  const { options } = earlier.checkpoint.origin;
  const known = SETTING_NAMES.map((name) => [name, options[name]] as const);
  return Object.fromEntries(
    known.filter(([name, value]) => typeof value === "number" && settingProblem(name, value) === undefined),
  );
}

interface SettingsCall {
  readonly given: Partial<TrainingSettings>;
  readonly spec: NetworkSpec;
  readonly stream: TokenStream;
}

/** The defaults, but for what was given. */
function chosenSettings(
  defaults: TrainingSettings,
  { given, spec, stream: { predictedTokens } }: SettingsCall,
): TrainingSettings {
  const usual = fitDropout(fitRate(defaults, { spec, predictedTokens }), predictedTokens);
  const settings = { ...usual, ...given };
  return given.laneCount === undefined ? fitLanes(settings, predictedTokens) : settings;
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
