import type { Clock } from "../base/ports.ts";
import { createRng } from "../base/rng.ts";
import type { PredictionStream } from "../batches/predictionStream.ts";
import { RingLanes } from "../batches/ringLanes.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import { ExplosionWatch } from "./explosion.ts";
import { createOptimizer } from "./createOptimizer.ts";
import { NonMonotoneAveraging } from "./nonMonotoneAveraging.ts";
import { LookLimit } from "./lookLimit.ts";
import { drawWindow } from "./randomWindows.ts";
import type { Recipe } from "./recipe.ts";
import { type PaceLimits, RunPace } from "./runPace.ts";
import { scoreStream } from "./scoreStream.ts";
import { type StepReport, Trainer } from "./trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "./trainingSettings.ts";

/** A point of a learning curve. */
export interface CurvePoint {
  readonly elapsedSeconds: number;
  /** Tokens trained on so far. */
  readonly tokens: number;
  readonly passes: number;
  /** Perplexity of the training text, mean since the last point. */
  readonly trainingPerplexity: number;
  readonly validationPerplexity: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  /** Share of steps since the last point whose gradient was clipped. */
  readonly clippedFraction: number;
}

/** How far a run is between two points. */
export interface FamilyRunProgress {
  /** Share of the run that is over, in [0, 1]. */
  readonly fraction: number;
  readonly trainingPerplexity: number;
  readonly tokensPerSecond: number;
  readonly elapsedSeconds: number;
  readonly passes: number;
  readonly learningRate: number;
}

/** Weights that no earlier ones were better than on the validation text. */
export interface BestLook {
  /** Borrowed */
  readonly weights: WeightMap;
  /** Mean for each token of the validation text. */
  readonly nats: number;
}

export interface FamilyRunContext extends PaceLimits {
  readonly model: TrainableModel;
  readonly recipe: Recipe;
  readonly training: PredictionStream;
  readonly validation: PredictionStream;
  readonly seed: number;
  readonly clock: Pick<Clock, "nowMs">;
  readonly signal: AbortSignal;
  readonly pause: () => Promise<void>;
  readonly onPoint: (point: CurvePoint) => void;
  /** About once a second. */
  readonly onProgress: (progress: FamilyRunProgress) => void;
  /** After every step; without it nobody is told. */
  readonly onStep?: (report: StepReport) => void;
  /** Awaited after every look that was the best so far. With it, a run that is cancelled looks a last time: what it has learnt can be kept. */
  readonly onBest?: (best: BestLook) => Promise<void>;
  /** With it, a loss that explodes the first time does not end the run: it goes on from the best weights, or the first, with half the rate, and tells so. */
  readonly onRecovery?: () => void;
}

/** Of a run with a deadline; a run of passes looks as often as its recipe says. */
const LOOKS_PER_BUDGET = 10;
/** The first look comes after so many seconds, unless its share of the budget is over sooner; those behind it are twice as late each, up to the regular ones. */
const FIRST_LOOK_SECONDS = 3;
/** Where a look takes long, as many times as long goes by until the next: most of the time is for learning. */
const LOOK_DISTANCES = 5;

export interface FamilyRunOutcome {
  readonly stopped: "budget" | "epochs" | "cancelled" | "nonFinite";
  readonly seconds: number;
  /** Of the steps alone. */
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly steps: number;
  /** What one took, as their mean; 0 where there was none. */
  readonly stepSeconds: number;
  /** Over the training text. */
  readonly passes: number;
  /** Infinite where no look at the validation text came to anything. */
  readonly validationPerplexity: number;
}

/** Sums over the steps since a look, to be added to. */
function noneSince() {
  return { nats: 0, tokens: 0, seconds: 0, steps: 0, clipped: 0 };
}

/** Trains a model by a recipe; afterwards it has the weights that were best on the validation text. */
export class FamilyRun {
  readonly #context: FamilyRunContext;
  readonly #trainer: Trainer;
  readonly #lanes: RingLanes;
  readonly #averaging: NonMonotoneAveraging | null;
  readonly #pace: RunPace;
  /** Of the beginning, until there are better ones; null where none are gone back to. */
  readonly #firstWeights: WeightMap | null;
  #best: BestLook | null = null;
  #hasRecovered = false;
  #explosion: ExplosionWatch;
  #rate: number;
  #tokens = 0;
  #steps = 0;
  #stepSeconds = 0;
  #since = noneSince();

  public constructor(context: FamilyRunContext) {
    const { model, recipe, training, seed, clock } = context;
    this.#context = context;
    this.#pace = new RunPace(context, clock);
    this.#rate = recipe.learningRate;
    this.#explosion = new ExplosionWatch(model.vocabularySize);
    this.#firstWeights = context.onRecovery === undefined ? null : model.readWeights();
    this.#lanes = new RingLanes(training, { laneCount: recipe.laneCount, seed });
    this.#trainer = new Trainer(
      model,
      {
        ...DEFAULT_TRAINING_SETTINGS,
        laneCount: recipe.laneCount,
        clipNorm: recipe.clipNorm ?? Infinity,
        softmaxShare: recipe.softmaxShare,
      },
      {
        optimizer: createOptimizer(model, recipe),
        teacherForcing: recipe.teacherForcing,
        ...(recipe.clipValue === null ? {} : { clipValue: recipe.clipValue }),
      },
    );
    this.#averaging =
      recipe.optimizer === "ntasgd" ? new NonMonotoneAveraging(model.parameters, recipe.nonMonotoneLooks) : null;
  }

  public async run(): Promise<FamilyRunOutcome> {
    try {
      const stopped = await this.#train();
      const { model } = this.#context;
      if (this.#best !== null) {
        model.assignWeights(this.#best.weights);
      }
      return {
        stopped,
        seconds: this.#pace.elapsedSeconds(),
        tokensPerSecond: this.#tokens / Math.max(this.#stepSeconds, 1e-9),
        tokens: this.#tokens,
        steps: this.#steps,
        stepSeconds: this.#stepSeconds / Math.max(this.#steps, 1),
        passes: this.#lanes.passes,
        validationPerplexity: Math.exp(this.#best?.nats ?? Number.POSITIVE_INFINITY),
      };
    } finally {
      this.#trainer.dispose();
      this.#averaging?.dispose();
    }
  }

  async #train(): Promise<FamilyRunOutcome["stopped"]> {
    const { recipe, signal, pause, seed, epochs } = this.#context;
    const rng = createRng(seed ^ 0x5bd1e995);
    let nextLook = this.#firstLook();
    for (let step = 0; ; step++) {
      if (signal.aborted) {
        return this.#endCancelled();
      }
      const fraction = this.#fraction();
      if (fraction >= 1) {
        if (this.#since.steps > 0 && (await this.#look()) === "lost") {
          return "nonFinite"; // There is no time left to do better.
        }
        return epochs !== null && this.#lanes.passes >= epochs ? "epochs" : "budget";
      }
      const beganMs = this.#context.clock.nowMs();
      const choice = recipe.isWindowRandom
        ? drawWindow(recipe.windowTokens, rng)
        : { windowTokens: recipe.windowTokens, rateScale: 1 };
      const learningRate = this.#rateAt(fraction) * choice.rateScale;
      const report = this.#trainer.step(this.#lanes.next(choice.windowTokens), {
        learningRate,
        dropoutRate: 0,
        seed: seed ^ Math.imul(step + 1, 0x9e3779b1),
      });
      if (!report.isFinite || this.#explosion.noteStep(report) === "exploded") {
        if (!this.#recover()) {
          return "nonFinite";
        }
        await pause();
        continue;
      }
      this.#averaging?.noteStep();
      this.#context.onStep?.(report);
      this.#note(report.nats, report.targetCount, {
        seconds: (this.#context.clock.nowMs() - beganMs) / 1000,
        isClipped: report.clipping.isClipped,
      });
      this.#tell();
      if (this.#runUnits() >= nextLook && this.#fraction() < 1) {
        const isLost = this.#pace.isLookAffordable && (await this.#look(this.#pace.spareLookSeconds)) === "lost";
        if (isLost && !this.#recover()) {
          return "nonFinite";
        }
        nextLook = this.#nextLook();
      }
      await pause();
    }
  }

  /** Goes back to the best weights with half the rate, once. @returns whether it could */
  #recover(): boolean {
    const { model, onRecovery } = this.#context;
    const weights = this.#best?.weights ?? this.#firstWeights;
    if (onRecovery === undefined || weights === null || this.#hasRecovered) {
      return false;
    }
    this.#hasRecovered = true;
    this.#rate /= 2;
    this.#explosion = new ExplosionWatch(model.vocabularySize, this.#best && { nats: this.#best.nats, tokens: 1 });
    this.#since = noneSince();
    model.assignWeights(weights);
    this.#trainer.reset();
    this.#averaging?.restart();
    onRecovery();
    return true;
  }

  async #endCancelled(): Promise<FamilyRunOutcome["stopped"]> {
    if (this.#context.onBest !== undefined && this.#since.steps > 0) {
      await this.#look();
    }
    return "cancelled";
  }

  #note(
    nats: number,
    tokens: number,
    { seconds, isClipped }: { readonly seconds: number; readonly isClipped: boolean },
  ): void {
    this.#tokens += tokens;
    this.#steps++;
    this.#stepSeconds += seconds;
    const since = this.#since;
    since.nats += nats;
    since.tokens += tokens;
    since.seconds += seconds;
    since.steps++;
    since.clipped += isClipped ? 1 : 0;
  }

  /**
   * Scores the validation text with the weights, or their mean where there is one; keeps the best.
   * @param mostSeconds is given up where it would take longer
   * @returns `lost` where there is nothing left to score, or nothing left of what was learnt
   */
  async #look(mostSeconds = Number.POSITIVE_INFINITY): Promise<"judged" | "lost" | "givenUp"> {
    const { model, validation, recipe, signal, pause, onPoint, onBest, onRecovery } = this.#context;
    const beganSeconds = this.#pace.elapsedSeconds();
    const mean = this.#averaging?.readMean() ?? null;
    const own = mean === null ? null : model.readWeights();
    if (mean !== null) {
      model.assignWeights(mean);
    }
    const { laneCount, windowTokens } = recipe;
    const limit = new LookLimit({
      // What can be kept is judged, whoever wants the run to end.
      signal: onBest === undefined ? signal : null,
      mostSeconds,
      nowSeconds: () => this.#pace.elapsedSeconds(),
    });
    const reading = { signal: limit.signal, onRead: limit.onRead, pause };
    const score = await scoreStream(model, validation, { laneCount, windowTokens, ...reading });
    const nats = score.nats.reduce((sum, value) => sum + value, 0) / validation.count;
    const isExploded = onRecovery !== undefined && this.#explosion.isConfirmedBy({ nats, tokens: 1 });
    const isLost = !score.isCancelled && (!Number.isFinite(nats) || isExploded);
    if (!score.isCancelled && !isLost) {
      const best = this.#judge(nats);
      onPoint(this.#point(nats));
      if (best !== null) {
        await onBest?.(best);
      }
    }
    if (own !== null) {
      model.assignWeights(own);
    }
    if (score.isCancelled) {
      this.#pace.noteLongLook(beganSeconds, limit.expectedSeconds);
      return "givenUp";
    }
    this.#since = noneSince();
    this.#pace.noteLook(beganSeconds);
    return isLost ? "lost" : "judged";
  }

  /** What is the best from now on, if that has changed. */
  #judge(nats: number): BestLook | null {
    const { recipe, model } = this.#context;
    const best = this.#best === null || nats < this.#best.nats ? { nats, weights: model.readWeights() } : null;
    if (best !== null) {
      this.#best = best;
      this.#explosion.noteBest({ nats, tokens: 1 });
    } else if (recipe.schedule === "plateau") {
      this.#rate *= recipe.decayFactor;
    }
    this.#averaging?.noteLoss(nats);
    return best;
  }

  #point(nats: number): CurvePoint {
    const { nats: trained, tokens, seconds, steps, clipped } = this.#since;
    return {
      elapsedSeconds: this.#pace.elapsedSeconds(),
      tokens: this.#tokens,
      passes: this.#lanes.passes,
      trainingPerplexity: Math.exp(trained / Math.max(tokens, 1)),
      validationPerplexity: Math.exp(nats),
      learningRate: this.#rateAt(this.#fraction()),
      tokensPerSecond: tokens / Math.max(seconds, 1e-9),
      clippedFraction: clipped / Math.max(steps, 1),
    };
  }

  #rateAt(fraction: number): number {
    const { schedule, decayAfterPasses, decayFactor } = this.#context.recipe;
    switch (schedule) {
      case "cosine": {
        // A short rise, then half a cosine (Loshchilov and Hutter 2017) to a fiftieth.
        const rise = Math.min(1, Math.max(fraction / 0.02, 0.05));
        return this.#rate * rise * (0.02 + 0.98 * 0.5 * (1 + Math.cos(Math.PI * fraction)));
      }
      case "decay":
        return this.#rate * decayFactor ** Math.max(0, Math.floor(this.#lanes.passes) + 1 - decayAfterPasses);
      case "plateau":
      case "constant":
        return this.#rate;
    }
  }

  /** What looks are counted in: shares of the budget where there is no number of passes, else passes. */
  #runUnits(): number {
    return this.#context.epochs === null ? this.#fraction() : this.#lanes.passes;
  }

  #firstLook(): number {
    const { epochs, budgetSeconds, recipe } = this.#context;
    return epochs === null
      ? Math.min(1 / LOOKS_PER_BUDGET, FIRST_LOOK_SECONDS / Math.max(budgetSeconds ?? Infinity, 1e-9))
      : 1 / recipe.looksPerPass;
  }

  #nextLook(): number {
    const { epochs, recipe } = this.#context;
    const units = this.#runUnits();
    const multipleOf = (distance: number): number => (Math.floor(units / distance + 1e-9) + 1) * distance;
    return epochs === null
      ? Math.max(units + LOOK_DISTANCES * this.#pace.lookShare, Math.min(2 * units, multipleOf(1 / LOOKS_PER_BUDGET)))
      : multipleOf(1 / recipe.looksPerPass);
  }

  #tell(): void {
    if (!this.#pace.isTellingDue()) {
      return;
    }
    const { nats, tokens, seconds } = this.#since;
    this.#context.onProgress({
      fraction: this.#fraction(),
      trainingPerplexity: Math.exp(nats / Math.max(tokens, 1)),
      tokensPerSecond: tokens / Math.max(seconds, 1e-9),
      elapsedSeconds: this.#pace.elapsedSeconds(),
      passes: this.#lanes.passes,
      learningRate: this.#rateAt(this.#fraction()),
    });
  }

  #fraction(): number {
    return this.#pace.fraction(this.#lanes.passes);
  }
}
