import * as tf from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { zerosLike } from "./remembered.ts";

/** A running mean of a network's weights; the shares say of which kind. Owns the mean. */
export class WeightMean {
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #means: ReadonlyMap<string, tf.Variable>;

  /** @param parameters borrowed */
  public constructor(parameters: ReadonlyMap<string, tf.Variable>) {
    this.#parameters = parameters;
    this.#means = new Map([...parameters].map(([name, variable]) => [name, zerosLike(variable)]));
  }

  /**
   * Moves the mean towards the weights as they are.
   * @param share of the way, in (0, 1]; the first has to be 1
   */
  public take(share: number): void {
    for (const [name, mean] of this.#means) {
      tf.tidy(() => {
        const weights = this.#parameters.get(name) as tf.Variable;
        // All of the way leaves nothing of what was there, whatever it was.
        mean.assign(share === 1 ? weights.clone() : tf.add(mean, tf.mul(tf.sub(weights, mean), share)));
      });
    }
  }

  /** A copy. */
  public read(): WeightMap {
    return new Map([...this.#means].map(([name, mean]) => [name, Float32Array.from(mean.dataSync())]));
  }

  public dispose(): void {
    tf.dispose([...this.#means.values()]);
  }
}
