import * as tf from "@tensorflow/tfjs-core";
import { createRng, type Rng } from "../base/rng.ts";
import type { LaneBatch } from "../batches/laneBatches.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { windowTensors } from "./windowTensors.ts";

/** What one window is mixed with. */
interface MixOptions {
  /** What the model carries in front of the window; borrowed. */
  readonly state: CarriedState;
  readonly seed: number;
}

/** A place whose input is replaced, and the row of scores that its token is drawn from. */
interface Replaced {
  readonly cell: number;
  readonly row: number;
}

/**
 * Feeds a model its own tokens in place of some of the true ones, so that it learns to go on behind its own mistakes (scheduled sampling, Bengio et al. 2015, with
 * a share that stays). In two passes, as Mihaylova and Martins (2019) do it for all places at once: the first, without gradient and without dropout, reads the true tokens
 * and says what it expects at each place; the second is the training step on the mixed ones. What is expected is drawn, since texts are drawn when they are
 * generated; the likeliest token would teach it the loops that only the greedy reader falls into. What is predicted stays the text. Remembers what it expected behind
 * its last window.
 */
export class ScheduledSampling {
  readonly #model: TrainableModel;
  readonly #trueShare: number;
  /** [B]: drawn behind the window before; null: none was read. */
  #carried: Int32Array | null = null;

  /** @param trueShare in [0, 1]: of the inputs that stay as they are; @param model borrowed */
  public constructor(model: TrainableModel, trueShare: number) {
    this.#model = model;
    this.#trueShare = trueShare;
  }

  /** The window with inputs replaced; START, and whatever else begins afresh, never is. */
  public mix(batch: LaneBatch, { state, seed }: MixOptions): LaneBatch {
    const { laneCount: B, windowTokens: T } = batch;
    const rng = createRng(seed ^ 0x3c6ef372); // Not the stream that drops units.
    const inputs = batch.inputs.slice();
    const replaced: Replaced[] = [];
    for (let lane = 0; lane < B; lane++) {
      for (let t = 0; t < T; t++) {
        const cell = lane * T + t;
        const isTrue = rng.next() < this.#trueShare;
        if (isTrue || batch.resets[cell] === 1) {
          continue;
        }
        if (t > 0) {
          replaced.push({ cell, row: (t - 1) * B + lane });
        } else if (this.#carried !== null) {
          inputs[cell] = this.#carried[lane] as number;
        }
      }
    }
    const lastRows = Array.from({ length: B }, (_, lane) => (T - 1) * B + lane);
    const drawn = this.#draw(batch, { state, rows: [...replaced.map(({ row }) => row), ...lastRows], rng });
    replaced.forEach(({ cell }, index) => (inputs[cell] = drawn[index] as number));
    this.#carried = drawn.slice(replaced.length);
    return { ...batch, inputs };
  }

  /** Forgets what it expected. */
  public reset(): void {
    this.#carried = null;
  }

  /** A token for each of these rows [T·B] of the window's scores. */
  #draw(
    batch: LaneBatch,
    { state, rows, rng }: { readonly state: CarriedState; readonly rows: readonly number[]; readonly rng: Rng },
  ): Int32Array {
    const V = this.#model.vocabularySize;
    const chances = Float32Array.from(rows, () => rng.next());
    return tf.tidy(() => {
      const { logits, state: next } = this.#model.windowScores(windowTensors(batch), state);
      disposeCarried(next);
      const picked = tf.gather(logits, tf.tensor1d(Int32Array.from(rows), "int32")); // [N, V]
      const sums = tf.cumsum(tf.softmax(picked), 1); // [N, V]
      // In float32 the last sum is 1 only nearly.
      const wanted = tf.mul(tf.tensor2d(chances, [rows.length, 1]), tf.slice(sums, [0, V - 1], [rows.length, 1]));
      const below = tf.sum(tf.cast(tf.lessEqual(sums, wanted), "int32"), 1); // [N]
      return Int32Array.from(tf.minimum(below, V - 1).dataSync());
    });
  }
}
