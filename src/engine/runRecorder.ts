import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { LaneBatcher } from "../batches/laneBatcher.ts";
import type { Checkpoint, ResumeState } from "../checkpoints/checkpoint.ts";
import type { CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { Corpus } from "../corpus/corpus.ts";
import { bitsPerByteOf } from "../evaluation/tally.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import { largestSingularValue } from "../models/neural/largestSingularValue.ts";
import { CELL_BLOCKS, type NetworkSpec } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import type { StepUsage } from "../protocol/stepUsage.ts";
import type { RunProgress } from "../training/progressWindow.ts";
import type { Trainer } from "../training/trainer.ts";
import type { RunEvaluation, RunListener, RunPhase, RunSnapshot, SaveOptions } from "../training/runContext.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { EarlierRun, TrainerState } from "./earlierRun.ts";
import type { FittedGate } from "./fitGate.ts";
import type { RefreshedStart } from "./refreshVocabulary.ts";
import { GpuSampler } from "./gpuSampler.ts";
import { mayReplace, type Rival } from "./rival.ts";
import { RECOVERY } from "./runEnd.ts";
import type { Backend } from "./selectBackend.ts";
import type { TrainContext } from "./jobContext.ts";

/** What a checkpoint is put together from. */
export interface RecordedRun {
  readonly job: TrainJob;
  readonly corpus: Corpus;
  readonly backend: Backend;
  readonly vocabulary: Vocabulary;
  /** Of the last corpus that the vocabulary was learnt from, or was found to fit. */
  readonly vocabularyFingerprint: string;
  readonly store: CheckpointStore;
  readonly spec: NetworkSpec;
  readonly network: TrainableModel;
  readonly trainer: Trainer;
  readonly batcher: LaneBatcher;
  readonly settings: TrainingSettings;
  /** Tokens of the held-out text that the final figure is meant to be over. */
  readonly heldOutTokens: number;
  /** The model that lies where this one shall be; null for none. */
  readonly rival: Rival | null;
  /** Where the run goes on with what the rival learnt: then it replaces it only by being better, also where it comes to its end. */
  readonly refreshed: RefreshedStart | null;
  /** The run that is gone on with; null for none. */
  readonly earlier: EarlierRun | null;
  /** Of the mixture, as fitted by the run that is gone on with; null for none. */
  readonly gate: GateParameters | null;
}

/** Three digits of a norm are shown; a few dozen products give them. */
const NORM_SETTLED = 1e-4;
/** The trainer's part is four times the model's bytes and needed only after a crash, so it is written less often. */
const RESUME_SECONDS = 20;

/** Turns what a run reports into events, and its snapshots into checkpoints. */
export class RunRecorder implements RunListener {
  readonly #run: RecordedRun;
  readonly #context: TrainContext;
  readonly #createdEpochMs: number;
  /** Where steps run on a GPU and somebody measures them. */
  readonly #gpus: GpuSampler | null;
  /** The first checkpoint of a run has all that is needed to go on. */
  #lastResumeMs = -Infinity;
  #isWriteFailureTold = false;
  #isBetterTold = false;
  #gate: GateParameters | null;
  /** What was saved last. */
  #saved: Checkpoint | null = null;
  /** Where the trainer stood whose state lies with the model; null for none. */
  #resumeStep: number | null;

  public constructor(run: RecordedRun, context: TrainContext) {
    this.#run = run;
    this.#context = context;
    this.#gate = run.gate;
    this.#resumeStep = run.refreshed === null ? (run.earlier?.step ?? null) : null;
    this.#createdEpochMs = context.clock.epochMs();
    const isOnGpu = run.backend.description.device === "gpu";
    this.#gpus = context.meter === undefined || !isOnGpu ? null : new GpuSampler({ ...context, ...context.meter });
  }

  /** Whether a model of this run lies in its place. */
  public get hasSaved(): boolean {
    return this.#saved !== null;
  }

  public onProgress({ times, ...progress }: RunProgress): void {
    const { clipNorm } = this.#run.settings;
    this.#context.emit({ type: "progress", ...progress, clipNorm, ...this.#usageOf(times) });
  }

  public onEvaluation({ tally, ...evaluation }: RunEvaluation): void {
    const recurrentNorm = this.#recurrentNorm();
    const isSample = !evaluation.isFinal;
    this.#context.emit({ type: "evaluation", split: "validation", ...evaluation, ...tally, isSample, recurrentNorm });
    const { heldOutTokens } = this.#run;
    if (evaluation.isFinal && tally.tokens < heldOutTokens) {
      const share = `${tally.tokens.toLocaleString("en-US")} of ${heldOutTokens.toLocaleString("en-US")}`;
      const message = `To keep to the budget, the final figure is over ${share} held-out tokens, evenly picked.`;
      this.#context.emit({ type: "notice", level: "info", message });
    }
  }

  public onPhase(phase: RunPhase, fraction?: number): void {
    this.#context.emit({ type: "phase", phase, ...(fraction === undefined ? {} : { fraction }) });
  }

  public onRecovery(): void {
    this.#context.emit(RECOVERY);
  }

  public async save(snapshot: RunSnapshot, options: SaveOptions): Promise<boolean> {
    const { isLast, isComplete, isTrainerSound, isStanding = false } = options;
    const { rival, refreshed } = this.#run;
    if (!mayReplace(rival, { sampleBest: snapshot.sampleBest, isComplete, goesOnWithIt: refreshed !== null })) {
      return false;
    }
    const nowMs = this.#context.clock.nowMs();
    const isTime = isLast || isStanding || nowMs - this.#lastResumeMs >= RESUME_SECONDS * 1000;
    const isResumeDue = isTrainerSound && isTime;
    try {
      await this.#write(snapshot, { isResumeDue, isLast, isComplete });
    } catch (error) {
      if (isLast || !(error instanceof LmError)) {
        throw error;
      }
      // The disk may have room again when the run ends; until then the older checkpoint serves.
      this.#tellWriteFailure(error);
      return false;
    }
    if (isResumeDue) {
      this.#lastResumeMs = nowMs;
    }
    this.#context.emit({ type: "checkpoint", step: snapshot.bestStep });
    this.#tellOfBetter(snapshot, options);
    return true;
  }

  /** Stores what the mixture has learnt about the model that was saved last; where none was, nothing. */
  public async saveGate({ gate, calibration }: FittedGate): Promise<void> {
    this.#gate = gate;
    if (this.#saved !== null) {
      this.#saved = { ...this.#saved, gate, ...(calibration === null ? {} : { calibration }) };
      await this.#run.store.write(this.#saved, null);
    }
  }

  #recurrentNorm(): number {
    const { cell, hiddenSize } = this.#run.spec;
    const kernel = this.#run.network.parameters.get(`${cell}/0/recurrentKernel`) as tf.Variable;
    const columnCount = CELL_BLOCKS[cell].kernel * hiddenSize;
    const values = kernel.dataSync<"float32">();
    const matrix = { values, rowCount: hiddenSize, columnCount, stride: columnCount, firstColumn: 0 };
    return largestSingularValue(matrix, { settled: NORM_SETTLED });
  }

  async #write(
    snapshot: RunSnapshot,
    { isResumeDue, isLast, isComplete }: { isResumeDue: boolean; isLast: boolean; isComplete: boolean },
  ): Promise<void> {
    const { store } = this.#run;
    const checkpoint = this.#checkpoint(snapshot);
    try {
      await store.write(checkpoint, isResumeDue ? this.#resume({ snapshot, isComplete }) : null);
    } catch (error) {
      if (!isLast || !isResumeDue || !(error instanceof LmError) || error.code !== "diskFull") {
        throw error;
      }
      // The model alone takes a quarter of the room.
      await store.write(checkpoint, null);
      const message =
        this.#resumeStep === null
          ? `The model was saved, but cannot be gone on with: ${error.message}`
          : `The model was saved, but not where its training stands: ${error.message} It can be gone on with from step ${readableCount(this.#resumeStep)}, where that was saved last.`;
      this.#context.emit({ type: "notice", level: "warning", message });
      isResumeDue = false;
    }
    this.#resumeStep = isResumeDue ? snapshot.step : this.#resumeStep;
    this.#saved = checkpoint;
  }

  #usageOf(times: RunProgress["times"]): { readonly usage?: StepUsage } {
    const { meter } = this.#context;
    if (times === undefined || meter === undefined) {
      return {};
    }
    const { numTensors, numBytes } = tf.memory();
    const { threadCount } = meter;
    const gpus = this.#gpus?.take();
    return {
      usage: {
        ...times,
        threadCount,
        residentBytes: meter.residentBytes(),
        tensorCount: numTensors,
        tensorBytes: numBytes,
        ...(gpus === undefined ? {} : { gpus }),
      },
    };
  }

  /** Who trains anew gets what was asked for; that it is worse than what was there has to be said. */
  #tellOfBetter({ sampleBest }: RunSnapshot, { isLast, isComplete }: SaveOptions): void {
    const before = this.#run.rival?.bitsPerByte ?? null;
    if (!isLast || !isComplete || sampleBest === null || before === null || this.#isBetterTold) {
      return;
    }
    const now = bitsPerByteOf(sampleBest);
    if (now > before && Number.isFinite(before)) {
      this.#isBetterTold = true;
      const figures = `${readableFigure(before)} bits per byte, this one ${readableFigure(now)}`;
      const message = `The model that was here knew the same held-out text better: ${figures}. It was replaced, because training began anew; give that more time, or continue training a model to keep what it learnt.`;
      this.#context.emit({ type: "notice", level: "warning", message });
    }
  }

  #tellWriteFailure({ message }: LmError): void {
    if (!this.#isWriteFailureTold) {
      this.#isWriteFailureTold = true;
      this.#context.emit({
        type: "notice",
        level: "warning",
        message: `The model could not be saved: ${message} Training goes on and tries again.`,
      });
    }
  }

  #checkpoint(snapshot: RunSnapshot): Checkpoint {
    const { job, corpus, backend, vocabulary, vocabularyFingerprint, spec, batcher, settings } = this.#run;
    return {
      spec,
      vocabulary: vocabulary.serialize(),
      weights: snapshot.bestWeights,
      progress: {
        step: snapshot.step,
        epoch: batcher.position.epoch,
        trainedTokens: snapshot.trainedTokens,
        elapsedSeconds: snapshot.elapsedSeconds,
        validation: snapshot.validation,
        sample: snapshot.sampleBest,
      },
      origin: {
        seed: job.options.seed,
        corpusFingerprint: corpus.fingerprint,
        vocabularyFingerprint,
        options: { ...withoutSettings(job.options), vocabularySize: this.#askedVocabularySize(), ...settings },
        backend: backend.description.backend,
        device: backend.description.device,
        createdEpochMs: this.#createdEpochMs,
      },
      trainingPaths: corpus.training.map(({ path }) => path),
      validationPaths: corpus.validation.map(({ path }) => path),
      gate: this.#gate,
    };
  }

  /** What the model was begun with: who goes on with it cannot change that. */
  #askedVocabularySize(): number | null {
    const { job, earlier } = this.#run;
    const asked = earlier === null ? job.options.vocabularySize : earlier.checkpoint.origin.options["vocabularySize"];
    return typeof asked === "number" ? asked : null;
  }

  #resume({ snapshot, isComplete }: { snapshot: RunSnapshot; isComplete: boolean }): ResumeState {
    const { step, trainedTokens, elapsedSeconds, rateShare } = snapshot;
    const { job, network, trainer, batcher } = this.#run;
    const { optimizer, optimizerStep, carried } = trainer.snapshot();
    const state: TrainerState = {
      optimizerStep,
      position: batcher.position,
      windowsPerEpoch: batcher.windowsPerEpoch,
      seed: job.options.seed,
      step,
      trainedTokens,
      elapsedSeconds,
      rateShare,
      isComplete,
    };
    return { weights: network.readWeights(), optimizer, carried, trainer: { ...state } };
  }
}

/** Those that were given are among all settings. */
function withoutSettings(options: TrainJob["options"]): Omit<TrainJob["options"], "settings"> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== "settings")) as Omit<
    TrainJob["options"],
    "settings"
  >;
}
