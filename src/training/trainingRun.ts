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

export type StopReason = "budget" | "epochs" | "cancelled" | "nonFinite";

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

/** What a run tells and asks while it goes. */
export interface RunListener {
  onProgress(progress: RunProgress): void;
  onEvaluation(evaluation: RunEvaluation): void;
  onPhase(phase: "training" | "evaluating" | "saving"): void;
  /** Stores a snapshot. Called after improvements and at the end; a throw ends the run. */
  save(snapshot: RunSnapshot, options: { readonly isLast: boolean }): Promise<void>;
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

/** Share of a run's time that watching it may take. */
const EVALUATION_SHARE = 0.06;
const MIN_EVALUATION_SECONDS = 2;
const PROGRESS_SECONDS = 0.5;

/** Trains until a limit, a cancellation or a number that is not finite; keeps the weights that are best on held-out text. */
export class TrainingRun {
  readonly #context: RunContext;
  readonly #startMs: number;
  readonly #progress: ProgressWindow;
  #step: number;
  #trainedTokens: number;
  #best: Tally | null;
  #bestWeights: WeightMap;
  #nextEvaluationSeconds: number;

  public constructor(context: RunContext, start: RunStart) {
    this.#context = context;
    this.#startMs = context.clock.nowMs() - start.elapsedSeconds * 1000;
    this.#step = start.step;
    this.#trainedTokens = start.trainedTokens;
    this.#best = start.best;
    this.#bestWeights = start.bestWeights;
    this.#progress = new ProgressWindow(context.clock);
    this.#nextEvaluationSeconds = start.elapsedSeconds + MIN_EVALUATION_SECONDS;
  }

  /** Runs to the end; after it the network holds the best weights, which were saved. */
  public async run(): Promise<StopReason> {
    this.#context.listener.onPhase("training");
    const stopped = await this.#train();
    await this.#finish(stopped);
    return stopped;
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
      const isLookDue = this.#elapsedSeconds() >= this.#nextEvaluationSeconds;
      if (isLookDue || this.#progress.ageSeconds >= PROGRESS_SECONDS) {
        this.#emitProgress({ epoch, fraction, learningRate });
      }
      if (isLookDue) {
        await this.#watch();
      }
      await this.#context.pause();
    }
  }

  /** Scores the sample, keeps the weights if they are the best, and sets the time of the next look. */
  async #watch(): Promise<void> {
    const beganSeconds = this.#elapsedSeconds();
    if (await this.#evaluateSample()) {
      await this.#save({ isLast: false });
    }
    const nowSeconds = this.#elapsedSeconds();
    const pauseSeconds = Math.max(MIN_EVALUATION_SECONDS, (nowSeconds - beganSeconds) / EVALUATION_SHARE);
    this.#nextEvaluationSeconds = nowSeconds + pauseSeconds;
    this.#progress.restart();
    this.#context.listener.onPhase("training");
  }

  /** Whether the weights as they are became the best. Without held-out text the latest are. */
  async #evaluateSample(): Promise<boolean> {
    const { sample, network, signal } = this.#context;
    if (sample === null) {
      this.#bestWeights = network.readWeights();
      return true;
    }
    this.#context.listener.onPhase("evaluating");
    const tally = await this.#tally(sample);
    if (signal.aborted || !Number.isFinite(tally.nats)) {
      return false;
    }
    const isBest = this.#best === null || tally.nats / tally.tokens < this.#best.nats / this.#best.tokens;
    if (isBest) {
      this.#best = tally;
      this.#bestWeights = network.readWeights();
    }
    this.#emitEvaluation(tally, { isBest, isFinal: false });
    return isBest;
  }

  async #finish(stopped: StopReason): Promise<void> {
    const { network, heldOut } = this.#context;
    if (stopped === "budget" || stopped === "epochs") {
      await this.#evaluateSample();
    }
    if (this.#best === null && this.#context.sample !== null) {
      return; // Nothing was learnt that could be judged: what is on the disk is better than this.
    }
    // Saved before the last figure: whoever cancels wants the thread soon, and may kill it.
    await this.#save({ isLast: true });
    network.assignWeights(this.#bestWeights);
    if (heldOut !== null && stopped !== "cancelled") {
      this.#context.listener.onPhase("evaluating");
      const tally = await this.#tally(heldOut);
      if (!this.#context.signal.aborted) {
        this.#best = tally;
        this.#emitEvaluation(tally, { isBest: true, isFinal: true });
        await this.#save({ isLast: true });
      }
    }
  }

  async #tally(heldOut: HeldOut): Promise<Tally> {
    const { network, signal, pause } = this.#context;
    const score = await scoreWindows(network, heldOut.windows(), { signal, isRanked: false, pause });
    return { tokens: score.targetCount, bytes: heldOut.bytes, nats: score.nats };
  }

  async #save(options: { readonly isLast: boolean }): Promise<void> {
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
      step: this.#step,
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
