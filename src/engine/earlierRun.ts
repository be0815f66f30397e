import { LmError } from "../base/errors.ts";
import { readableSeconds, readableShare } from "../base/readableNumbers.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import type { BatchPosition } from "../batches/laneBatches.ts";
import type { Checkpoint, ResumeState } from "../checkpoints/checkpoint.ts";
import { checkpointError, type CheckpointStore } from "../checkpoints/checkpointStore.ts";
import { describeField } from "../checkpoints/parseManifest.ts";
import type { Tally } from "../evaluation/tally.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import { runFraction, type RunLimits } from "../training/runPlan.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** The trainer's scalars as they stand in a checkpoint; written by `RunRecorder`, read by `openEarlierRun`. */
export interface TrainerState {
  readonly optimizerStep: number;
  readonly position: BatchPosition;
  readonly windowsPerEpoch: number;
  readonly seed: number;
  readonly step: number;
  readonly trainedTokens: number;
  /** Seconds of the schedule that were over. */
  readonly elapsedSeconds: number;
  /** Of the learning rate, half after the loss has exploded; checkpoints of the first versions do not say so. */
  readonly rateShare?: number;
  /** Whether the run had come to its end; checkpoints of the first versions do not say so. */
  readonly isComplete?: boolean;
}

/** A run that is to be gone on with. */
export interface EarlierRun {
  readonly checkpoint: Checkpoint;
  readonly resume: ResumeState;
  readonly vocabulary: Vocabulary;
  readonly optimizerStep: number;
  readonly position: BatchPosition;
  /** Of the passes that `position` counts in. */
  readonly windowsPerEpoch: number;
  readonly step: number;
  readonly trainedTokens: number;
  /** Seconds of the schedule already over. */
  readonly elapsedSeconds: number;
  /** Of the learning rate, half where the loss exploded on this schedule. */
  readonly rateShare: number;
  /**
   * How well the checkpoint's weights know the sample of held-out text that is scored while training; null where that is not
   * known. It lies with the weights, because they are written more often than the trainer's state.
   */
  readonly best: Tally | null;
  /** Whether a new schedule begins: it had come to its end, or was stopped beyond the limits given now. */
  readonly isOver: boolean;
  /** What a person should know about how it goes on. */
  readonly notices: readonly string[];
}

/**
 * The run in the job's directory. One that was stopped goes on along its own schedule; one that had come to its end
 * begins a new schedule, of all the time or passes given now, from where it arrived. Throws `LmError` where there is nothing to resume.
 */
export async function openEarlierRun(store: CheckpointStore, job: TrainJob): Promise<EarlierRun> {
  const read = await store.readResume();
  if (read.kind !== "resume") {
    throw checkpointError(read);
  }
  const { checkpoint, resume } = read;
  const state = readTrainerState(resume.trainer, job.out);
  const { position, windowsPerEpoch, elapsedSeconds } = state;
  const fraction = runFraction(job.options, state);
  const isOver = state.isComplete === true || fraction >= 1;
  return {
    checkpoint,
    resume,
    vocabulary: restoreVocabulary(checkpoint.vocabulary),
    optimizerStep: state.optimizerStep,
    position: isOver || state.seed !== job.options.seed ? { epoch: 0, windowIndex: 0 } : position,
    windowsPerEpoch,
    step: state.step,
    trainedTokens: state.trainedTokens,
    elapsedSeconds: isOver ? 0 : elapsedSeconds,
    rateShare: isOver ? 1 : (state.rateShare ?? 1),
    best: checkpoint.progress.sample,
    isOver,
    notices: [...sizeNotices(checkpoint, job), scheduleNotice(state, { limits: job.options, fraction })],
  };
}

/** @param fraction of the schedule by the limits given now, in [0, 1] */
function scheduleNotice(
  { isComplete }: TrainerState,
  { limits, fraction }: { readonly limits: RunLimits; readonly fraction: number },
): string {
  const extent = extentOf(limits);
  // Without the mark nobody knows more than that the limits are reached.
  if (isComplete ?? fraction >= 1) {
    return `The earlier run had come to its end; a new one of ${extent} begins with what it learnt.`;
  }
  return fraction >= 1
    ? `The earlier run was stopped beyond the ${extent} given now; a new one of ${extent} begins with what it learnt.`
    : `The earlier run was stopped before its end; it goes on along its schedule of ${extent}, of which ${readableShare(fraction)} is over.`;
}

function extentOf({ budgetSeconds, epochs }: RunLimits): string {
  return [
    ...(budgetSeconds === null ? [] : [readableSeconds(budgetSeconds)]),
    ...(epochs === null ? [] : [`${epochs} ${epochs === 1 ? "epoch" : "epochs"}`]),
  ].join(" or ");
}

function sizeNotices({ spec, vocabulary, origin }: Checkpoint, { options }: TrainJob): string[] {
  const asked: readonly (readonly [string, string | number | boolean | null, unknown])[] = [
    ["model", options.cell ?? null, spec.cell],
    ["tokenizer", options.tokenizer, vocabulary.kind],
    ["vocabulary size", options.vocabularySize, origin.options["vocabularySize"] ?? vocabulary.pieces.length],
    ["hidden size", options.hiddenSize, spec.hiddenSize],
    ["layer count", options.layerCount, spec.layerCount],
    ["reading of matches", options.readsMatches ?? null, spec.readsMatches === true],
  ];
  return asked
    .filter(([, wanted, present]) => wanted !== null && wanted !== present)
    .map(
      ([name, wanted, present]) =>
        `Resuming keeps the model's ${name} of ${String(present)}; ${String(wanted)} was asked for. Train without resuming to change it.`,
    );
}

function readTrainerState(data: ResumeState["trainer"], directory: string): TrainerState {
  try {
    const root = new PlainValue(data, "resume.trainer");
    const position = root.field("position");
    return {
      optimizerStep: root.field("optimizerStep").integer(),
      position: { epoch: position.field("epoch").integer(), windowIndex: position.field("windowIndex").integer() },
      windowsPerEpoch: root.field("windowsPerEpoch").integer({ least: 1 }),
      seed: root.field("seed").integer(),
      step: root.field("step").integer(),
      trainedTokens: root.field("trainedTokens").integer(),
      elapsedSeconds: root.field("elapsedSeconds").number(0),
      ...(data["rateShare"] === undefined ? {} : { rateShare: root.field("rateShare").number(0) }),
      ...(data["isComplete"] === undefined ? {} : { isComplete: root.field("isComplete").boolean() }),
    };
  } catch (error) {
    if (error instanceof PlainValueError) {
      const message =
        `The state to resume from in ${directory} is damaged or was changed by hand: ${describeField(error)}. ` +
        "The model itself can be used; train without resuming to go on without that state.";
      throw new LmError("checkpointCorrupt", message, { cause: error });
    }
    throw error;
  }
}
