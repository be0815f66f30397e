import type { Clock } from "../base/ports.ts";
import type { LaneBatch } from "../batches/laneBatches.ts";
import { bitsPerByteOf, perplexityOf, type Tally } from "../evaluation/tally.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { RecurrentNetwork } from "../models/neural/recurrentNetwork.ts";
import { dropoutAt } from "./dropout.ts";
import { learningRateAt } from "./learningRate.ts";
import { ProgressWindow, type RunProgress } from "./progressWindow.ts";
import { runFraction, type RunLimits, type WindowStream } from "./runPlan.ts";
import { scoreWindows } from "./scoreWindows.ts";
import type { Trainer } from "./trainer.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

export type StopReason = "budget" | "epochs" | "cancelled" | "converged" | "nonFinite";

/** Held-out windows, made anew for every pass, and the bytes their counted targets stand for. */
export interface HeldOut {
  readonly bytes: number;
  windows(): Iterable<LaneBatch>;
}

export interface RunEvaluation {
  readonly elapsedSeconds: number;
  readonly step: number;
  readonly tally: Tally;
  readonly perplexity: number;
  readonly bitsPerByte: number;
  readonly isBest: boolean;
  /** True for the last one: over all held-out documents, with the weights that are kept. */
  readonly isFinal: boolean;
}

/** Best weights so far and where the run stands; what a checkpoint is made of. */
export interface RunSnapshot {
  readonly bestWeights: WeightMap;
  readonly best: Tally | null;
  readonly step: number;
  readonly trainedTokens: number;
  readonly elapsedSeconds: number;
}

export interface SaveOptions {
  readonly isLast: boolean;
  /** Whether the run went to its end: then its model is the one that was asked for, better than an older one or not. */
  readonly isComplete: boolean;
  /** Whether the trainer's own state is worth going on from; not after a loss that was not finite. */
  readonly isTrainerSound: boolean;
}

/** How a run ended. */
export interface RunOutcome {
  readonly stopped: StopReason;
  /** False where nothing was learnt that is worth keeping: nothing was saved then. */
  readonly isSaved: boolean;
}

/** What a run tells and asks while it goes. */
export interface RunListener {
  onProgress(progress: RunProgress): void;
  onEvaluation(evaluation: RunEvaluation): void;
  onPhase(phase: "training" | "evaluating" | "saving"): void;
  /** Stores a snapshot. Called after improvements and at the end; a throw ends the run. */
  save(snapshot: RunSnapshot, options: SaveOptions): Promise<void>;
}

export interface RunContext {
  readonly network: RecurrentNetwork;
  readonly trainer: Trainer;
  readonly stream: WindowStream;
  /** A sample of the held-out text, small enough to be scored often; null: nothing is held out. */
  readonly sample: HeldOut | null;
  /** All held-out text. */
  readonly heldOut: HeldOut | null;
  readonly settings: TrainingSettings;
  readonly limits: RunLimits;
  /** Of the run's chance; with the step it decides what is dropped. */
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Lets other work of this thread run. */
  readonly pause: () => Promise<void>;
}

/** Where an earlier run stopped. */
export interface RunStart {
  readonly step: number;
  readonly trainedTokens: number;
  readonly elapsedSeconds: number;
  readonly best: Tally | null;
  readonly bestWeights: WeightMap;
}

type SampleScore = "best" | "worse" | "nonFinite";

/** Share of a run's time that watching it may take. */
const EVALUATION_SHARE = 0.06;
const MIN_EVALUATION_SECONDS = 2;
/** What a crash may cost, however long nothing gets better. */
const SAVE_SECONDS = 20;
/** A model that is hardly better than guessing among all tokens alike is not worth a file. */
const WORTHLESS_SHARE_OF_UNIFORM = 0.98;
const PROGRESS_SECONDS = 0.5;
/** Beyond this, annealing does not bring a run back to its best: it learns its text by heart. */
const MUCH_WORSE_SHARE = 1.15;
const MUCH_WORSE_LOOKS = 3;

/** Trains until a limit, a cancellation or a number that is not finite; keeps the weights that are best on held-out text. */
export class TrainingRun {
  readonly #context: RunContext;
  readonly #startMs: number;
  readonly #progress: ProgressWindow;
  readonly #firstStep: number;
  #step: number;
  #lastSaveSeconds: number;
  #trainedTokens: number;
  #best: Tally | null;
  #bestStep: number;
  /** Looks in a row at which the held-out text was much less well known than at the best. */
  #muchWorseCount = 0;
  #bestWeights: WeightMap;
  #nextEvaluationSeconds: number;

  public constructor(context: RunContext, start: RunStart) {
    this.#context = context;
    this.#startMs = context.clock.nowMs() - start.elapsedSeconds * 1000;
    this.#step = start.step;
    this.#firstStep = start.step;
    this.#lastSaveSeconds = start.elapsedSeconds;
    this.#trainedTokens = start.trainedTokens;
    this.#best = start.best;
    this.#bestStep = start.step;
    this.#bestWeights = start.bestWeights;
    this.#progress = new ProgressWindow(context.clock);
    this.#nextEvaluationSeconds = start.elapsedSeconds + MIN_EVALUATION_SECONDS;
  }

  /** Runs to the end; after it the network holds the best weights, which were saved if they were worth it. */
  public async run(): Promise<RunOutcome> {
    this.#context.listener.onPhase("training");
    const stopped = await this.#train();
    return { stopped, isSaved: await this.#finish(stopped) };
  }

  async #train(): Promise<StopReason> {
    const { signal, trainer, stream, limits, settings, seed } = this.#context;
    for (;;) {
      if (signal.aborted) {
        return "cancelled";
      }
      const fraction = this.#fraction();
      if (fraction >= 1) {
        return limits.budgetSeconds !== null && this.#elapsedSeconds() >= limits.budgetSeconds ? "budget" : "epochs";
      }
      const { epoch } = stream.position;
      const learningRate = learningRateAt(fraction, settings);
      const report = trainer.step(stream.next(), {
        learningRate,
        dropoutRate: dropoutAt(epoch, settings),
        seed: seed ^ Math.imul(this.#step + 1, 0x9e3779b1),
      });
      if (!report.isFinite) {
        return "nonFinite";
      }
      this.#step++;
      this.#trainedTokens += report.targetCount;
      this.#progress.add(report);
      const isLookDue = this.#isLookDue();
      if (isLookDue || this.#progress.ageSeconds >= PROGRESS_SECONDS) {
        this.#emitProgress({ epoch, fraction, learningRate });
      }
      if (isLookDue && (await this.#watch()) === "nonFinite") {
        return "nonFinite";
      }
      if (this.#muchWorseCount >= MUCH_WORSE_LOOKS) {
        return "converged";
      }
      await this.#context.pause();
    }
  }

  /** A run that passes limit looks after so many steps, not seconds: it has to be the same on every machine. */
  #isLookDue(): boolean {
    const { limits, stream } = this.#context;
    if (limits.budgetSeconds !== null) {
      return this.#elapsedSeconds() >= this.#nextEvaluationSeconds;
    }
    return this.#step % Math.min(Math.max(Math.ceil(stream.windowsPerEpoch / 2), 8), 200) === 0;
  }

  /** Scores the sample, keeps the weights if they are the best, saves, and sets the time of the next look. */
  async #watch(): Promise<SampleScore> {
    const beganSeconds = this.#elapsedSeconds();
    const score = await this.#evaluateSample();
    const isSaveDue = this.#best !== null && this.#elapsedSeconds() - this.#lastSaveSeconds >= SAVE_SECONDS;
    if (score === "best" || (score === "worse" && isSaveDue)) {
      await this.#save({ isLast: false, isComplete: false, isTrainerSound: true });
    }
    const nowSeconds = this.#elapsedSeconds();
    const pauseSeconds = Math.max(MIN_EVALUATION_SECONDS, (nowSeconds - beganSeconds) / EVALUATION_SHARE);
    this.#nextEvaluationSeconds = nowSeconds + pauseSeconds;
    this.#progress.restart();
    this.#context.listener.onPhase("training");
    return score;
  }

  /** How the weights as they are compare with the best. Without held-out text the latest are. */
  async #evaluateSample(): Promise<SampleScore> {
    const { sample, network, signal } = this.#context;
    if (sample === null) {
      this.#bestWeights = network.readWeights();
      return "best";
    }
    this.#context.listener.onPhase("evaluating");
    const tally = await this.#tally(sample);
    if (signal.aborted) {
      return "worse";
    }
    if (!Number.isFinite(tally.nats)) {
      return "nonFinite";
    }
    const isBest = this.#best === null || tally.nats / tally.tokens < this.#best.nats / this.#best.tokens;
    if (isBest) {
      this.#best = tally;
      this.#bestStep = this.#step;
      this.#bestWeights = network.readWeights();
    }
    this.#muchWorseCount = isMuchWorse(tally, this.#best) ? this.#muchWorseCount + 1 : 0;
    this.#emitEvaluation(tally, { isBest, isFinal: false });
    return isBest ? "best" : "worse";
  }

  /** Whether something was saved. */
  async #finish(stopped: StopReason): Promise<boolean> {
    const { network, heldOut } = this.#context;
    if ((stopped === "budget" || stopped === "epochs") && this.#step > this.#firstStep) {
      await this.#evaluateSample();
    }
    if (!this.#isWorthKeeping()) {
      return false; // What is on the disk is better than this.
    }
    const isTrainerSound = stopped !== "nonFinite";
    // Saved before the last figure: whoever cancels wants the thread soon, and may kill it.
    const isComplete = stopped === "budget" || stopped === "epochs" || stopped === "converged";
    await this.#save({ isLast: true, isComplete, isTrainerSound });
    network.assignWeights(this.#bestWeights);
    if (heldOut !== null && stopped !== "cancelled") {
      this.#context.listener.onPhase("evaluating");
      const tally = await this.#tally(heldOut);
      if (!this.#context.signal.aborted) {
        this.#best = tally;
        this.#emitEvaluation(tally, { isBest: true, isFinal: true });
        await this.#save({ isLast: true, isComplete, isTrainerSound });
      }
    }
    return true;
  }

  /** Whether the best weights know more than that every token is as likely as any other. */
  #isWorthKeeping(): boolean {
    const { sample, network } = this.#context;
    if (this.#step === 0) {
      return false;
    }
    if (this.#best === null) {
      return sample === null;
    }
    const uniformNats = Math.log(network.spec.vocabularySize);
    return this.#best.nats / this.#best.tokens < WORTHLESS_SHARE_OF_UNIFORM * uniformNats;
  }

  async #tally(heldOut: HeldOut): Promise<Tally> {
    const { network, signal, pause } = this.#context;
    const score = await scoreWindows(network, heldOut.windows(), { signal, isRanked: false, pause });
    return { tokens: score.targetCount, bytes: heldOut.bytes, nats: score.nats };
  }

  async #save(options: SaveOptions): Promise<void> {
    if (!this.#isWorthKeeping()) {
      return;
    }
    this.#lastSaveSeconds = this.#elapsedSeconds();
    this.#context.listener.onPhase("saving");
    await this.#context.listener.save(
      {
        bestWeights: this.#bestWeights,
        best: this.#best,
        step: this.#step,
        trainedTokens: this.#trainedTokens,
        elapsedSeconds: this.#elapsedSeconds(),
      },
      options,
    );
  }

  #emitProgress(at: { readonly epoch: number; readonly fraction: number; readonly learningRate: number }): void {
    this.#context.listener.onProgress({
      ...this.#progress.take(),
      ...at,
      elapsedSeconds: this.#elapsedSeconds(),
      step: this.#step,
      tokens: this.#trainedTokens,
    });
  }

  #emitEvaluation(tally: Tally, { isBest, isFinal }: { readonly isBest: boolean; readonly isFinal: boolean }): void {
    this.#context.listener.onEvaluation({
      elapsedSeconds: this.#elapsedSeconds(),
      step: isFinal ? this.#bestStep : this.#step,
      tally,
      perplexity: perplexityOf(tally),
      bitsPerByte: bitsPerByteOf(tally),
      isBest,
      isFinal,
    });
  }

  #fraction(): number {
    const { limits, stream } = this.#context;
    const { position, windowsPerEpoch } = stream;
    return runFraction(limits, { elapsedSeconds: this.#elapsedSeconds(), position, windowsPerEpoch });
  }

  #elapsedSeconds(): number {
    return (this.#context.clock.nowMs() - this.#startMs) / 1000;
  }
}

function isMuchWorse(tally: Tally, best: Tally | null): boolean {
  return best !== null && tally.nats / tally.tokens > (best.nats / best.tokens) * MUCH_WORSE_SHARE;
}
