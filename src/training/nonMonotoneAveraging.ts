import type { Variable } from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { WeightMean } from "./weightMean.ts";

/**
 * NT-ASGD's rule and average (Merity et al. 2018, section 3, algorithm 1): descent goes on as it is until the validation loss is no better than the
 * best of those more than n looks ago; from then on the mean of the weights of every step is kept beside them (Polyak and Juditsky 1992).
 */
export class NonMonotoneAveraging {
  readonly #parameters: ReadonlyMap<string, Variable>;
  readonly #nonMonotoneLooks: number;
  readonly #losses: number[] = [];
  #mean: WeightMean | null = null;
  #count = 0;

  /** @param parameters borrowed @param nonMonotoneLooks n; 5 in the paper */
  public constructor(parameters: ReadonlyMap<string, Variable>, nonMonotoneLooks: number) {
    this.#parameters = parameters;
    this.#nonMonotoneLooks = nonMonotoneLooks;
  }

  public get isAveraging(): boolean {
    return this.#mean !== null;
  }

  /** Looks at a validation loss; begins to average where it is time to. */
  public noteLoss(nats: number): void {
    const earlier = this.#losses.slice(0, Math.max(0, this.#losses.length - this.#nonMonotoneLooks));
    if (this.#mean === null && earlier.length > 0 && nats > Math.min(...earlier)) {
      this.#mean = new WeightMean(this.#parameters);
    }
    this.#losses.push(nats);
  }

  /** Takes the weights as they are after a step into the mean; nothing before averaging has begun. */
  public noteStep(): void {
    if (this.#mean !== null) {
      this.#count++;
      this.#mean.take(1 / this.#count);
    }
  }

  /** A copy of the mean; null before there is one. */
  public readMean(): WeightMap | null {
    return this.#mean === null || this.#count === 0 ? null : this.#mean.read();
  }

  /** Forgets the mean; it begins anew by the same rule. */
  public restart(): void {
    this.dispose();
    this.#count = 0;
  }

  public dispose(): void {
    this.#mean?.dispose();
    this.#mean = null;
  }
}
