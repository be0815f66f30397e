import * as tf from "@tensorflow/tfjs-core";

export interface NeuralCacheCall {
  /** float32 [count, D]: what the softmax read before each token */
  readonly rows: Float32Array;
  /** int32 [count]: the token that came */
  readonly targets: Int32Array;
  /** Places before each token that are remembered. */
  readonly size: number;
  /** θ: how much more a place weighs that is more like this one. */
  readonly sharpness: number;
  readonly signal: AbortSignal;
  /** Awaited after every block. */
  readonly pause: () => Promise<void>;
}

/** Places that are looked up together. */
const BLOCK = 256;

/**
 * What a cache over hidden states gives to each token of a text that came (Grave, Joulin and Usunier 2017, equation 2):
 * p(w) = Σᵢ 1{w = xᵢ₊₁} exp(θ hₜ·hᵢ) / Σᵢ exp(θ hₜ·hᵢ) over the last places i < t; 0 for the first token. As two products for each block of places.
 */
export async function scoreNeuralCache(call: NeuralCacheCall): Promise<Float64Array> {
  const { targets, signal, pause } = call;
  const own = new Float64Array(targets.length);
  for (let from = 0; from < targets.length && !signal.aborted; from += BLOCK) {
    own.set(scoreBlock(call, from, Math.min(from + BLOCK, targets.length)), from);
    await pause();
  }
  return own;
}

function scoreBlock({ rows, targets, size, sharpness }: NeuralCacheCall, from: number, to: number): Float32Array {
  const width = rows.length / targets.length;
  const first = Math.max(0, from - size);
  return tf.tidy(() => {
    const here = tf.tensor2d(rows.slice(from * width, to * width), [to - from, width]);
    const there = tf.tensor2d(rows.slice(first * width, to * width), [to - first, width]);
    const places = tf.range(first, to, 1, "int32"); // [P]
    const now = tf.expandDims(tf.range(from, to, 1, "int32"), 1); // [N, 1]
    const isBefore = tf.logicalAnd(tf.less(places, now), tf.greaterEqual(places, tf.sub(now, size)));
    const likeness = tf.mul(tf.matMul(here, there, false, true), sharpness); // [N, P]
    const masked = tf.where(isBefore, likeness, tf.fill(likeness.shape, -1e30));
    const weights = tf.mul(tf.softmax(masked), tf.cast(isBefore, "float32"));
    const tokens = tf.tensor1d(targets.slice(first, to), "int32");
    const isSame = tf.equal(tf.tensor2d(targets.slice(from, to), [to - from, 1], "int32"), tokens);
    return tf
      .sum(tf.mul(weights, tf.cast(isSame, "float32")), 1)
      .dataSync<"float32">()
      .slice();
  });
}
