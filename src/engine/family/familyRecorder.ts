import { LmError } from "../../base/errors.ts";
import { type StoredFamily, writeFamily } from "../../checkpoints/familyStore.ts";
import type { DirectoryClaim } from "../../checkpoints/claimDirectory.ts";
import type { Corpus } from "../../corpus/corpus.ts";
import { perplexityOf, spelledBitsPerByteOf, type Tally } from "../../evaluation/tally.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import { sha256 } from "../../node/sha256.ts";
import type { TrainFamilyJob } from "../../protocol/familyMessages.ts";
import type { BestLook, CurvePoint, FamilyRunOutcome, FamilyRunProgress } from "../../training/familyRun.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import { ProgressWindow } from "../../training/progressWindow.ts";
import type { StepReport } from "../../training/trainer.ts";
import type { TrainContext } from "../jobContext.ts";
import { CANCELLED_EARLY, earlierKept, type RunEnd, TOO_LITTLE_TIME } from "../runEnd.ts";
import type { Backend } from "../selectBackend.ts";
import type { FamilyRival } from "./familyRival.ts";
import type { NetworkPlan } from "./networkPresets.ts";
import { fewStepsNotice } from "./fewStepsNotice.ts";
import { scoreText } from "./scoreText.ts";
import type { SplitText } from "./splitText.ts";

/** What a stored network is put together from. */
export interface RecordedFamily {
  readonly job: TrainFamilyJob;
  readonly corpus: Corpus;
  readonly text: SplitText;
  readonly plan: NetworkPlan;
  readonly backend: Backend;
  /** Of the directory that it goes to. */
  readonly claim: DirectoryClaim;
  /** The network that lies where this one shall be; null for none. */
  readonly rival: FamilyRival | null;
  /** Seconds that the order took before the first step. */
  readonly startSeconds: number;
}

/** Turns what a run of the family reports into events, and its best weights into files. */
export class FamilyRecorder {
  readonly #run: RecordedFamily;
  readonly #context: TrainContext;
  readonly #window: ProgressWindow;
  readonly #startMs: number;
  #steps = 0;
  #tokens = 0;
  #lastPoint: Pick<CurvePoint, "elapsedSeconds" | "passes"> = { elapsedSeconds: 0, passes: 0 };
  /** The best so far, as it is or would be stored; null before the first look. */
  #best: StoredFamily | null = null;
  #isWriteFailureTold = false;

  public constructor(run: RecordedFamily, context: TrainContext) {
    this.#run = run;
    this.#context = context;
    this.#window = new ProgressWindow(context.clock);
    this.#startMs = context.clock.nowMs();
  }

  public onStep(report: StepReport): void {
    this.#steps++;
    this.#tokens += report.targetCount;
    this.#window.add(report);
  }

  public onProgress({ fraction, elapsedSeconds, passes, learningRate }: FamilyRunProgress): void {
    const { startSeconds, plan } = this.#run;
    const { clipNorm } = plan.recipe;
    this.#context.emit({
      type: "progress",
      ...this.#window.take(),
      elapsedSeconds: startSeconds + elapsedSeconds,
      fraction,
      step: this.#steps,
      tokens: this.#tokens,
      epoch: Math.floor(passes),
      learningRate,
      ...(clipNorm === null ? {} : { clipNorm }),
    });
  }

  public onPoint({ elapsedSeconds, passes, validationPerplexity }: CurvePoint): void {
    this.#lastPoint = { elapsedSeconds: this.#run.startSeconds + elapsedSeconds, passes };
    const tally = this.#validationTally(Math.log(validationPerplexity));
    const isBest = this.#best === null || tally.nats < this.#best.figures.validation.nats;
    this.#tell(tally, { split: "validation", isBest, isFinal: false });
  }

  /** Stores weights that are better than all before them, unless a better network is there already. */
  public async onBest({ weights, nats }: BestLook): Promise<void> {
    this.#best = this.#stored({ weights, validation: this.#validationTally(nats) });
    if (!this.#isAboveRival()) {
      return;
    }
    try {
      await this.#write(this.#best);
    } catch (error) {
      if (!(error instanceof LmError)) {
        throw error;
      }
      // The disk may have room again when the run ends; until then what is there serves.
      this.#tellWriteFailure(error);
    }
  }

  /**
   * Scores the weights that were best on text that chose nothing, and stores them.
   * @param model with these weights; borrowed
   */
  public async finish(model: TrainableModel, outcome: FamilyRunOutcome): Promise<RunEnd> {
    const { stopped } = outcome;
    const best = this.#best;
    if (best === null) {
      return stopped === "cancelled" ? CANCELLED_EARLY : { stopped, nothingLearnt: TOO_LITTLE_TIME };
    }
    if (stopped === "nonFinite") {
      this.#warn(
        "The loss exploded or stopped being a finite number a second time, so training ended with the best weights before that. A lower learningRate or a smaller clipNorm may help.",
      );
    }
    const few = fewStepsNotice(this.#run.job.network, outcome);
    if (few !== null) {
      this.#context.emit(few);
    }
    const isComplete = stopped === "budget" || stopped === "epochs";
    if (!isComplete && !this.#isAboveRival()) {
      return { stopped, nothingLearnt: earlierKept(stopped) };
    }
    const test = stopped === "cancelled" ? null : await this.#scoreTest(model);
    if (test === null) {
      this.#tell(best.figures.validation, { split: "validation", isBest: true, isFinal: true });
    }
    this.#context.emit({ type: "phase", phase: "saving" });
    await this.#write({ ...best, figures: { ...best.figures, test }, origin: { ...best.origin, stopped } });
    return { stopped };
  }

  async #scoreTest(model: TrainableModel): Promise<StoredFamily["figures"]["test"]> {
    const { emit, signal, pause } = this.#context;
    emit({ type: "phase", phase: "measuring" });
    let share = 0;
    const onRead = (read: number): void => {
      // A progress bar needs no more than this.
      if (read - share >= 0.02) {
        share = read;
        emit({ type: "phase", phase: "measuring", fraction: Math.min(1, read) });
      }
    };
    const test = await scoreText(model, this.#run.text.test, { signal, pause, onRead });
    if (test !== null) {
      this.#tell(test, { split: "test", isBest: true, isFinal: true });
    }
    return test;
  }

  #tell(
    tally: Tally,
    how: { readonly split: "validation" | "test"; readonly isBest: boolean; readonly isFinal: boolean },
  ): void {
    const { tokens, bytes, nats } = tally;
    const elapsedSeconds = this.#run.startSeconds + (this.#context.clock.nowMs() - this.#startMs) / 1000;
    const step = how.isFinal ? (this.#best?.progress.step ?? 0) : this.#steps;
    const unknownTokens = countUnknown(this.#run.text[how.split].targets, this.#run.text.vocabulary);
    const bitsPerByte = spelledBitsPerByteOf({ ...tally, unknownTokens });
    const figures = { perplexity: perplexityOf(tally), bitsPerByte, unknownTokens };
    this.#context.emit({ type: "evaluation", ...how, elapsedSeconds, step, tokens, bytes, nats, ...figures });
  }

  async #write(stored: StoredFamily): Promise<void> {
    const { job, claim } = this.#run;
    await claim.renew();
    await writeFamily(job.out, stored, { files: this.#context.files, sha256 });
    this.#context.emit({ type: "checkpoint", step: stored.progress.step });
  }

  #isAboveRival(): boolean {
    const { rival } = this.#run;
    if (rival === null) {
      return true;
    }
    const own = this.#best?.figures.validation.nats ?? Infinity;
    return rival.nats !== null && own < rival.nats;
  }

  #validationTally(natsPerToken: number): Tally {
    const { count, bytes } = this.#run.text.validation;
    return { tokens: count, bytes, nats: natsPerToken * count };
  }

  #stored({ weights, validation }: Pick<StoredFamily, "weights"> & { readonly validation: Tally }): StoredFamily {
    const { job, corpus, text, plan, backend } = this.#run;
    const { network, seed, tokenizer, vocabularySize, budgetSeconds, epochs } = job;
    const { description } = backend;
    return {
      network,
      spec: plan.spec,
      vocabulary: text.vocabulary,
      recipe: { ...plan.recipe },
      progress: { step: this.#steps, trainedTokens: this.#tokens, ...this.#lastPoint },
      figures: { validation, test: null },
      origin: {
        ...{ seed, tokenizer, vocabularySize, budgetSeconds, epochs },
        corpusFingerprint: corpus.fingerprint,
        // Where `evaluate` finds text to choose by how the network adapts.
        folder: job.folders.length === 1 ? (job.folders[0]?.path ?? null) : null,
        backend: description.backend,
        device: description.device,
        createdEpochMs: this.#context.clock.epochMs(),
        stopped: null,
      },
      trainingPaths: corpus.training.map(({ path }) => path),
      validationPaths: corpus.validation.map(({ path }) => path),
      weights,
    };
  }

  #tellWriteFailure({ message }: LmError): void {
    if (!this.#isWriteFailureTold) {
      this.#isWriteFailureTold = true;
      this.#warn(`The model could not be saved: ${message} Training goes on and tries again.`);
    }
  }

  #warn(message: string): void {
    this.#context.emit({ type: "notice", level: "warning", message });
  }
}
