import { LmError } from "../base/errors.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import type { BatchPosition } from "../batches/laneBatches.ts";
import type { Checkpoint, ResumeState } from "../checkpoints/checkpoint.ts";
import { checkpointError, type CheckpointStore } from "../checkpoints/checkpointStore.ts";
import { describeField } from "../checkpoints/parseManifest.ts";
import type { Tally } from "../evaluation/tally.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import { runFraction } from "../training/runPlan.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** The trainer's scalars as they stand in a checkpoint; written by `trainerState`, read by `openEarlierRun`. */
export interface TrainerState {
  readonly optimizerStep: number;
  readonly position: BatchPosition;
  readonly windowsPerEpoch: number;
  readonly seed: number;
  readonly step: number;
  readonly trainedTokens: number;
  /** Seconds of the schedule that were over. */
  readonly elapsedSeconds: number;
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
  /**
   * How well the checkpoint's weights know the sample of held-out text that is scored while training; null where that is not
   * known. It lies with the weights, because they are written more often than the trainer's state.
   */
  readonly best: Tally | null;
  /** Whether it had come to its end, so that a new schedule begins. */
  readonly isOver: boolean;
  /** What a person should know about how it goes on. */
  readonly notices: readonly string[];
}

/**
 * The run in the job's directory. One that was stopped goes on along its own schedule; one that had come to its end
 * begins a new schedule from where it arrived. Throws `LmError` where there is nothing to resume.
 */
export async function openEarlierRun(store: CheckpointStore, job: TrainJob): Promise<EarlierRun> {
  const read = await store.readResume();
  if (read.kind !== "resume") {
    throw checkpointError(read);
  }
  const { checkpoint, resume } = read;
  const state = readTrainerState(resume.trainer, job.out);
  const { budgetSeconds, epochs } = job.options;
  const { position, windowsPerEpoch, elapsedSeconds } = state;
  const isOver = runFraction({ budgetSeconds, epochs }, { elapsedSeconds, position, windowsPerEpoch }) >= 1;
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
    best: checkpoint.progress.sample,
    isOver,
    notices: [
      ...sizeNotices(checkpoint, job),
      ...(isOver ? ["The earlier run had come to its end; a new one begins with what it learnt."] : []),
    ],
  };
}

function sizeNotices({ spec, vocabulary, origin }: Checkpoint, { options }: TrainJob): string[] {
  const asked: readonly (readonly [string, string | number | null, unknown])[] = [
    ["model", options.cell ?? null, spec.cell],
    ["tokenizer", options.tokenizer, vocabulary.kind],
    ["vocabulary size", options.vocabularySize, origin.options["vocabularySize"] ?? vocabulary.pieces.length],
    ["hidden size", options.hiddenSize, spec.hiddenSize],
    ["layer count", options.layerCount, spec.layerCount],
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
