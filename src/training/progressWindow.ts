import { addNormCounts, binOfNorm, type NormCounts } from "../base/normBins.ts";
import type { Clock } from "../base/ports.ts";
import type { StepTimes, StepTimesReport } from "./stepTimes.ts";
import type { StepReport } from "./trainer.ts";

/** Means over the steps since the last report. */
export interface WindowMeans {
  /** Nats per counted token. */
  readonly lossNats: number;
  readonly perplexity: number;
  readonly gradientNorm: number;
  readonly clippedGradientNorm: number;
  /** How many steps had which norm before clipping. */
  readonly normCounts: NormCounts;
  /** Share of steps whose gradient was clipped. */
  readonly clippedFraction: number;
  readonly tokensPerSecond: number;
  /** What the steps took; where nobody measures it, nothing. */
  readonly times?: StepTimesReport & { readonly stepCount: number };
}

export interface RunProgress extends WindowMeans {
  readonly elapsedSeconds: number;
  /** Share of the run that is over, in [0, 1]. */
  readonly fraction: number;
  readonly step: number;
  /** Tokens trained on since the run began. */
  readonly tokens: number;
  readonly epoch: number;
  readonly learningRate: number;
}

/** Adds up steps between two reports. */
export class ProgressWindow {
  readonly #clock: Clock;
  readonly #times: StepTimes | undefined;
  #sinceMs: number;
  #nats = 0;
  #tokens = 0;
  #steps = 0;
  #normBefore = 0;
  #normAfter = 0;
  #clipped = 0;
  #normCounts: NormCounts = [];

  /** @param times what the steps are measured with; borrowed */
  public constructor(clock: Clock, times?: StepTimes) {
    this.#clock = clock;
    this.#times = times;
    this.#sinceMs = clock.nowMs();
  }

  /** Seconds since the last report. */
  public get ageSeconds(): number {
    return (this.#clock.nowMs() - this.#sinceMs) / 1000;
  }

  /** Whether no step was taken since the last report. */
  public get isEmpty(): boolean {
    return this.#steps === 0;
  }

  public add({ nats, targetCount, clipping }: StepReport): void {
    this.#nats += nats;
    this.#tokens += targetCount;
    this.#steps++;
    this.#normBefore += clipping.normBefore;
    this.#normAfter += clipping.normAfter;
    this.#clipped += clipping.isClipped ? 1 : 0;
    if (clipping.normBefore > 0) {
      this.#normCounts = addNormCounts(this.#normCounts, [[binOfNorm(clipping.normBefore), 1]]);
    }
  }

  /** The means, and a fresh start. To be called after at least one `add`. */
  public take(): WindowMeans {
    const lossNats = this.#nats / this.#tokens;
    const means = {
      lossNats,
      perplexity: Math.exp(lossNats),
      gradientNorm: this.#normBefore / this.#steps,
      clippedGradientNorm: this.#normAfter / this.#steps,
      normCounts: this.#normCounts,
      clippedFraction: this.#clipped / this.#steps,
      tokensPerSecond: this.#tokens / this.ageSeconds,
      ...(this.#times === undefined ? {} : { times: { ...this.#times.take(), stepCount: this.#steps } }),
    };
    this.restart();
    return means;
  }

  /** Begins anew, so that a pause does not count into the speed. */
  public restart(): void {
    this.#sinceMs = this.#clock.nowMs();
    this.#times?.take();
    this.#normCounts = [];
    this.#nats = this.#tokens = this.#steps = this.#normBefore = this.#normAfter = this.#clipped = 0;
  }
}
