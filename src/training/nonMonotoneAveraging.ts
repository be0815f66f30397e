import * as tf from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { zerosLike } from "./remembered.ts";

/**
 * NT-ASGD's rule and average (Merity et al. 2018, section 3, algorithm 1): descent goes on as it is until the validation loss is no better than the
 * best of those more than n looks ago; from then on the mean of the weights of every step is kept beside them (Polyak and Juditsky 1992).
 */
export class NonMonotoneAveraging {
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #nonMonotoneLooks: number;
  readonly #losses: number[] = [];
  #means: ReadonlyMap<string, tf.Variable> | null = null;
  #count = 0;

  /** @param parameters borrowed @param nonMonotoneLooks n; 5 in the paper */
  public constructor(parameters: ReadonlyMap<string, tf.Variable>, nonMonotoneLooks: number) {
    this.#parameters = parameters;
    this.#nonMonotoneLooks = nonMonotoneLooks;
  }

  public get isAveraging(): boolean {
    return this.#means !== null;
  }

  /** Looks at a validation loss; begins to average where it is time to. */
  public noteLoss(nats: number): void {
    const earlier = this.#losses.slice(0, Math.max(0, this.#losses.length - this.#nonMonotoneLooks));
    if (this.#means === null && earlier.length > 0 && nats > Math.min(...earlier)) {
      this.#means = new Map([...this.#parameters].map(([name, variable]) => [name, zerosLike(variable)]));
    }
    this.#losses.push(nats);
  }

  /** Takes the weights as they are after a step into the mean; nothing before averaging has begun. */
  public noteStep(): void {
    if (this.#means === null) {
      return;
    }
    this.#count++;
    for (const [name, mean] of this.#means) {
      tf.tidy(() => {
        mean.assign(tf.add(mean, tf.div(tf.sub(this.#parameters.get(name) as tf.Variable, mean), this.#count)));
      });
    }
  }

  /** A copy of the mean; null before there is one. */
  public readMean(): WeightMap | null {
    if (this.#means === null || this.#count === 0) {
      return null;
    }
    return new Map([...this.#means].map(([name, mean]) => [name, Float32Array.from(mean.dataSync())]));
  }

  public dispose(): void {
    tf.dispose([...(this.#means?.values() ?? [])]);
    this.#means = null;
  }
}
