import * as tf from "@tensorflow/tfjs-core";
import { RankedTokens } from "../evaluation/rankedTokens.ts";

export interface NeuralCacheCall {
  /** float32 [count, D]: what the softmax read before each token */
  readonly rows: Float32Array;
  /** int32 [count]: the token that came */
  readonly targets: Int32Array;
  /** Places before each token that are remembered. */
  readonly size: number;
  /** θ: how much more a place weighs that is more like this one. */
  readonly sharpness: number;
  /** How many of the likeliest tokens are named at each place. Default: none. */
  readonly rankedCount?: number;
  readonly signal: AbortSignal;
  /** Awaited after every block. */
  readonly pause: () => Promise<void>;
}

export interface NeuralCacheScore {
  /** float64 [count]: of what came */
  readonly own: Float64Array;
  /** The likeliest tokens of each place; null unless they were asked for */
  readonly ranked: RankedTokens | null;
}

/** Places that are looked up together. */
const BLOCK = 256;

/**
 * What a cache over hidden states gives to each token of a text that came (Grave, Joulin and Usunier 2017, equation 2):
 * p(w) = Σᵢ 1{w = xᵢ₊₁} exp(θ hₜ·hᵢ) / Σᵢ exp(θ hₜ·hᵢ) over the last places i < t; 0 for the first token. As two products for each block of places.
 */
export async function scoreNeuralCache(call: NeuralCacheCall): Promise<NeuralCacheScore> {
  const { targets, rankedCount = 0, signal, pause } = call;
  const own = new Float64Array(targets.length);
  const ranked = rankedCount > 0 ? new RankedTokens(targets.length, rankedCount) : null;
  for (let from = 0; from < targets.length && !signal.aborted; from += BLOCK) {
    own.set(scoreBlock(call, { from, to: Math.min(from + BLOCK, targets.length), ranked }), from);
    await pause();
  }
  return { own, ranked };
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly ranked: RankedTokens | null;
}

function scoreBlock({ rows, targets, size, sharpness }: NeuralCacheCall, { from, to, ranked }: Block): Float32Array {
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
    if (ranked !== null) {
      rankBlock(ranked, { from, weights: weights.dataSync<"float32">(), remembered: targets.subarray(first, to) });
    }
    const isSame = tf.equal(tf.tensor2d(targets.slice(from, to), [to - from, 1], "int32"), tokens);
    return tf
      .sum(tf.mul(weights, tf.cast(isSame, "float32")), 1)
      .dataSync<"float32">()
      .slice();
  });
}

/** Ranks what each row of weights [N, P] gives to the tokens of P places. */
function rankBlock(
  ranked: RankedTokens,
  {
    from,
    weights,
    remembered,
  }: { readonly from: number; readonly weights: Float32Array; readonly remembered: Int32Array },
): void {
  const width = remembered.length;
  for (let row = 0; row < weights.length / width; row++) {
    const sums = new Map<number, number>();
    for (const [place, token] of remembered.entries()) {
      const weight = weights[row * width + place] as number;
      if (weight > 0) {
        sums.set(token, (sums.get(token) ?? 0) + weight);
      }
    }
    const best = [...sums].sort((left, right) => right[1] - left[1]).slice(0, ranked.width);
    ranked.set(from + row, {
      tokens: best.map(([token]) => token),
      probabilities: best.map(([, probability]) => probability),
    });
  }
}
