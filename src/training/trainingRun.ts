import { bitsPerByteOf, perplexityOf, type Tally } from "../evaluation/tally.ts";
import type { BatchPosition } from "../batches/laneBatches.ts";
import { BestWeights } from "./bestWeights.ts";
import { dropoutAt } from "./dropout.ts";
import { ExplosionWatch } from "./explosion.ts";
import type { HeldOut, HeldOutSupply } from "./heldOut.ts";
import { measureFinal } from "./measureFinal.ts";
import { isLookStep } from "./isLookStep.ts";
import { learningRateAt } from "./learningRate.ts";
import { OverfittingWatch } from "./overfittingWatch.ts";
import { ProgressWindow } from "./progressWindow.ts";
import { runFraction } from "./runPlan.ts";
import type { ReachedRun, RunContext, RunLegacy, RunOutcome, RunStart, SaveOptions, StopReason } from "./runContext.ts";
import { RunTimes } from "./runTimes.ts";
import { averageOf, type WeightAverage } from "./weightAverage.ts";
import { SoftmaxTemperature, tallyHeldOut } from "./softmaxTemperature.ts";

type SampleScore = "best" | "worse" | "lost";

const FIRST_LOOK_SECONDS = 2;
/** What a crash may cost, however long nothing gets better. */
const SAVE_SECONDS = 20;
const PROGRESS_SECONDS = 0.5;
const ON_THE_WAY: SaveOptions = { isLast: false, isComplete: false, isTrainerSound: true };

/** Trains until a limit, a cancellation or a number that is not finite; keeps the weights that are best on held-out text. */
export class TrainingRun {
  readonly #context: RunContext;
  readonly #startMs: number;
  readonly #progress: ProgressWindow;
  readonly #firstStep: number;
  /** Of the last look. */
  #lookedStep: number;
  readonly #times: RunTimes;
  #step: number;
  #lastSaveSeconds: number;
  #hasSaved = false;
  #trainedTokens: number;
  readonly #best: BestWeights;
  #final: Tally | null = null;
  readonly #overfitting = new OverfittingWatch();
  readonly #temperature: SoftmaxTemperature;
  readonly #average: WeightAverage | null;
  /** Of the learning rate, half after the loss has exploded. */
  #rateShare: number;
  #explosion: ExplosionWatch;
  #nextEvaluationSeconds: number;
  /** Of the first window that nothing was learnt from yet. */
  #position: BatchPosition;
  /** Of the last step, for the report on it. */
  #stepTaken = { epoch: 0, learningRate: 0 };

  public constructor(context: RunContext, start: RunStart) {
    this.#context = context;
    this.#startMs = context.clock.nowMs() - start.elapsedSeconds * 1000;
    this.#position = context.stream.position;
    this.#step = start.step;
    this.#firstStep = start.firstStep ?? start.step;
    this.#lookedStep = this.#firstStep;
    this.#rateShare = start.rateShare ?? 1;
    this.#lastSaveSeconds = start.elapsedSeconds;
    this.#trainedTokens = start.trainedTokens;
    this.#best = new BestWeights(start, context);
    this.#explosion = new ExplosionWatch(context.network.vocabularySize, this.#best.tally);
    this.#temperature = new SoftmaxTemperature(context.temper === undefined ? 1 : context.settings.maxTemperature);
    this.#average = averageOf(context);
    this.#progress = new ProgressWindow(context.clock, context.times);
    this.#times = new RunTimes({
      budgetSeconds: context.limits.budgetSeconds,
      reservedSeconds: context.reservedSeconds,
      sample: context.sample,
      final: context.heldOut?.all ?? null,
    });
    this.#nextEvaluationSeconds = start.elapsedSeconds + FIRST_LOOK_SECONDS;
  }

  public get reached(): ReachedRun {
    return {
      step: this.#step,
      firstStep: this.#firstStep,
      trainedTokens: this.#trainedTokens,
      best: this.#best.tally,
      bestStep: this.#best.step,
      bestWeights: this.#best.weights,
      rateShare: this.#rateShare,
    };
  }

  /** The first window that nothing was learnt from yet: also where a step failed that had taken it from the stream. */
  public get position(): BatchPosition {
    return this.#position;
  }

  /** Runs to the end; after it the network holds the best weights, which were saved if they were worth it. */
  public async run(): Promise<RunOutcome> {
    try {
      await this.#judgeStart();
      this.#context.listener.onPhase("training");
      const stopped = await this.#train();
      return { stopped, left: await this.#finish(stopped) };
    } finally {
      this.#average?.dispose();
    }
  }

  async #train(): Promise<StopReason> {
    const { signal, trainer, stream, settings, seed } = this.#context;
    for (;;) {
      if (signal.aborted) {
        return "cancelled";
      }
      const fraction = this.#fraction();
      if (fraction >= 1) {
        return this.#elapsedSeconds() >= (this.#times.trainingSeconds ?? Infinity) ? "budget" : "epochs";
      }
      const beganSeconds = this.#elapsedSeconds();
      const { epoch } = stream.position;
      const learningRate = learningRateAt(fraction, settings) * this.#rateShare;
      this.#context.times?.enter("input");
      const report = trainer.step(stream.next(), {
        learningRate,
        dropoutRate: dropoutAt(epoch, settings),
        seed: seed ^ Math.imul(this.#step + 1, 0x9e3779b1),
      });
      const loss = report.isFinite ? this.#explosion.noteStep(report) : "exploded";
      if (loss === "exploded") {
        if (!this.#recover()) {
          return "nonFinite";
        }
        await this.#context.pause();
        continue;
      }
      this.#step++;
      this.#average?.noteStep();
      this.#trainedTokens += report.targetCount;
      this.#progress.add(report);
      this.#stepTaken = { epoch, learningRate };
      this.#times.noteStep(this.#elapsedSeconds() - beganSeconds);
      this.#position = stream.position;
      const isLookDue = loss === "suspicious" || this.#isLookDue();
      if (isLookDue || this.#progress.ageSeconds >= PROGRESS_SECONDS) {
        this.#emitProgress();
      }
      if (isLookDue && (await this.#watch()) === "lost" && !this.#recover()) {
        return "nonFinite";
      }
      if (this.#overfitting.isHopeless) {
        return "converged";
      }
      if (this.#hasSaved && this.#elapsedSeconds() - this.#lastSaveSeconds >= SAVE_SECONDS) {
        await this.#save(ON_THE_WAY);
      }
      await this.#context.pause(() => this.#saveBeforeStanding());
    }
  }

  /** A run may stand still for days, and the machine be switched off meanwhile. */
  async #saveBeforeStanding(): Promise<void> {
    if (this.#hasSaved) {
      await this.#save({ ...ON_THE_WAY, isStanding: true });
    }
  }

  /** Goes back to the best weights with half the rate, once. */
  #recover(): boolean {
    const { network, trainer, listener } = this.#context;
    if (this.#rateShare < 1) {
      return false;
    }
    this.#rateShare = 0.5;
    this.#explosion = new ExplosionWatch(network.vocabularySize, this.#best.tally);
    network.assignWeights(this.#best.weights);
    this.#temperature.restart();
    this.#average?.restart();
    trainer.reset();
    this.#progress.restart();
    listener.onRecovery();
    return true;
  }

  /** A run that passes limit looks after so many steps, not seconds: it has to be the same on every machine. */
  #isLookDue(): boolean {
    const { trainingSeconds, sampleSeconds } = this.#times;
    if (trainingSeconds !== null) {
      const nowSeconds = this.#elapsedSeconds();
      // The end of the run has a look of its own.
      return nowSeconds >= this.#nextEvaluationSeconds && nowSeconds + sampleSeconds < trainingSeconds;
    }
    return isLookStep(this.#step, this.#context.stream.windowsPerEpoch);
  }

  /** Scores the sample, keeps the weights if they are the best, saves, and sets the time of the next look. */
  async #watch(): Promise<SampleScore> {
    const beganSeconds = this.#elapsedSeconds();
    const score = await this.#evaluateSample();
    if (score === "best") {
      await this.#save(ON_THE_WAY);
    }
    const elapsedSeconds = this.#elapsedSeconds();
    const lookSeconds = elapsedSeconds - beganSeconds;
    this.#nextEvaluationSeconds =
      elapsedSeconds + this.#times.pauseAfterLook({ lookSeconds, elapsedSeconds, hasSaved: this.#hasSaved });
    this.#progress.restart();
    this.#context.listener.onPhase("training");
    return score;
  }

  /** How the weights as they are compare with the best. Without held-out text the latest are. */
  async #evaluateSample(): Promise<SampleScore> {
    const { sample, network, signal } = this.#context;
    this.#lookedStep = this.#step;
    if (sample === null) {
      this.#best.take(network.readWeights(), { tally: null, step: this.#step });
      return "best";
    }
    this.#context.listener.onPhase("evaluating");
    const tallies = await this.#scoreSample(sample, this.#temperature.candidates);
    if (signal.aborted) {
      return "worse";
    }
    const { tally, temperature } = this.#temperature.choose(tallies);
    if (!Number.isFinite(tally.nats)) {
      return "lost";
    }
    if (this.#explosion.isConfirmedBy(tally)) {
      this.#emitEvaluation(tally, { isBest: false, isFinal: false });
      return "lost";
    }
    const isBest = this.#best.isBeatenBy(tally);
    if (isBest) {
      const weights = network.readWeights();
      this.#best.take(this.#context.temper?.(weights, temperature) ?? weights, { tally, step: this.#step });
      this.#explosion.noteBest(tally);
    }
    this.#overfitting.note(tally, this.#hasSaved ? this.#best.tally : null);
    this.#emitEvaluation(tally, { isBest, isFinal: false });
    return isBest ? "best" : "worse";
  }

  /** Keeps the mean of the weights where the sample is better known with it than with any weights before. */
  async #tryAverage(): Promise<void> {
    const { network } = this.#context;
    const mean = this.#average?.read() ?? null;
    if (mean !== null && this.#context.sample !== null) {
      const last = network.readWeights();
      network.assignWeights(mean);
      try {
        await this.#evaluateSample();
      } finally {
        network.assignWeights(last);
      }
    }
  }

  async #finish(stopped: StopReason): Promise<RunLegacy> {
    const { network, heldOut } = this.#context;
    if (!this.#progress.isEmpty) {
      this.#emitProgress();
    }
    if (stopped === "budget" || stopped === "epochs") {
      if (this.#step > this.#lookedStep) {
        await this.#evaluateSample();
      }
      await this.#tryAverage();
    }
    if (!this.#isWorthKeeping()) {
      return this.#best.shortfall(stopped, this.#step); // What is on the disk is better than this.
    }
    const isTrainerSound = stopped !== "nonFinite";
    if (stopped === "nonFinite" && this.#best.areOfEarlierModel) {
      return "earlierModel";
    }
    // Saved before the last figure: whoever cancels wants the thread soon, and may kill it.
    const isComplete = stopped === "budget" || stopped === "epochs" || stopped === "converged";
    const isKept = await this.#save({ isLast: true, isComplete, isTrainerSound });
    network.assignWeights(this.#best.weights);
    if (isComplete && this.#best.areOfEarlierModel) {
      // It has its figure, perhaps over more text; what was written is that its schedule is over.
      return this.#step > this.#firstStep ? "earlierModel" : "noStep";
    }
    if (isKept && heldOut !== null && stopped !== "cancelled") {
      this.#context.listener.onPhase("measuring", 0);
      const tally = await this.#tallyFinal(heldOut);
      if (!this.#context.signal.aborted) {
        this.#final = tally;
        this.#emitEvaluation(tally, { isBest: true, isFinal: true });
        await this.#save({ isLast: true, isComplete, isTrainerSound });
      }
    }
    if (!isKept) {
      return "earlierModel";
    }
    return this.#step > this.#firstStep || stopped === "nonFinite" ? "model" : "noStep";
  }

  /** Weights that were kept by another measure, such as another corpus, are judged by this run's before it may replace them. */
  async #judgeStart(): Promise<void> {
    const { sample, network, signal } = this.#context;
    if (sample === null || !this.#best.areToBeJudged) {
      return;
    }
    this.#context.listener.onPhase("evaluating");
    const latest = network.readWeights();
    network.assignWeights(this.#best.weights);
    try {
      const tally = (await this.#scoreSample(sample, [1]))[0] as Tally;
      if (!signal.aborted && Number.isFinite(tally.nats)) {
        this.#best.judge(tally);
        this.#explosion.noteBest(tally);
      }
    } finally {
      network.assignWeights(latest);
    }
  }

  #isWorthKeeping(): boolean {
    return this.#step > 0 && this.#best.worth === "worthKeeping";
  }

  async #scoreSample(sample: HeldOut, temperatures: readonly number[]): Promise<readonly Tally[]> {
    const beganSeconds = this.#elapsedSeconds();
    const { network, signal, pause } = this.#context;
    const tallies = await tallyHeldOut(network, sample, { temperatures, signal, pause });
    this.#times.noteSample(this.#elapsedSeconds() - beganSeconds);
    return tallies;
  }

  /** Of as much held-out text as there is time for; where there is hardly any left, the sample's figure has to do. */
  async #tallyFinal(supply: HeldOutSupply): Promise<Tally> {
    const { sample } = this.#context;
    const work = this.#times.affordableWork(this.#elapsedSeconds());
    const part = supply.within(work);
    const best = this.#best.tally;
    if (best !== null && part.tokens < Math.min(sample?.tokens ?? 0, supply.all.tokens)) {
      return best;
    }
    return measureFinal(part, this.#context);
  }

  async #save(options: SaveOptions): Promise<boolean> {
    if (!this.#isWorthKeeping()) {
      return false;
    }
    const beganSeconds = this.#elapsedSeconds();
    if (options.isLast) {
      this.#context.listener.onPhase("saving");
    }
    const isStored = await this.#context.listener.save(
      {
        bestWeights: this.#best.weights,
        sampleBest: this.#best.tally,
        validation: this.#final ?? this.#best.validation,
        step: this.#step,
        bestStep: this.#best.step,
        trainedTokens: this.#trainedTokens,
        elapsedSeconds: this.#elapsedSeconds(),
        rateShare: this.#rateShare,
      },
      options,
    );
    this.#hasSaved = true;
    this.#lastSaveSeconds = this.#elapsedSeconds();
    this.#times.noteSave(this.#lastSaveSeconds - beganSeconds);
    return isStored;
  }

  #emitProgress(): void {
    this.#context.listener.onProgress({
      ...this.#progress.take(),
      ...this.#stepTaken,
      fraction: this.#fraction(),
      elapsedSeconds: this.#elapsedSeconds(),
      step: this.#step,
      tokens: this.#trainedTokens,
    });
  }

  #emitEvaluation(tally: Tally, { isBest, isFinal }: { readonly isBest: boolean; readonly isFinal: boolean }): void {
    this.#context.listener.onEvaluation({
      elapsedSeconds: this.#elapsedSeconds(),
      step: isFinal ? this.#best.step : this.#step,
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
    const at = { elapsedSeconds: this.#elapsedSeconds(), position, windowsPerEpoch };
    return runFraction({ ...limits, budgetSeconds: this.#times.trainingSeconds }, at);
  }

  #elapsedSeconds(): number {
    return (this.#context.clock.nowMs() - this.#startMs) / 1000;
  }
}
