import * as tf from "@tensorflow/tfjs-core";
import type { LstmWindow } from "../neuralKernels.ts";
import { inputVectors, type LayerCall, type SequenceLayer } from "./sequenceLayer.ts";

/**
 * A small layer in the manner of the retentive network (Sun et al. 2023): for each head Sₜ = γ·Sₜ₋₁ + kₜᵀvₜ and oₜ = qₜ·Sₜ, which costs the same for
 * every token however long the text, and which training computes for a whole window at once (their equation 7, chunkwise). Then
 * y = (swish(g) · norm(o))·Wₒ + bₒ and h = y + swish(norm(y)·W₁ + b₁)·W₂ + b₂ with swish(x) = x·σ(x); blocks q, k, v, g.
 */
export const retentionLayer: SequenceLayer = {
  shapes: ({ inputSize: I, hiddenSize: H }) => [
    { name: "inputKernel", shape: [I, 4 * H] },
    { name: "bias", shape: [4 * H] },
    { name: "outputKernel", shape: [H, H] },
    { name: "outputBias", shape: [H] },
    { name: "innerKernel", shape: [H, 2 * H] },
    { name: "innerBias", shape: [2 * H] },
    { name: "outerKernel", shape: [2 * H, H] },
    { name: "outerBias", shape: [H] },
  ],
  stateShapes: ({ hiddenSize }, { laneCount, headCount }) => {
    const width = hiddenSize / headCount;
    return [{ name: "s", shape: [laneCount, headCount, width, width] }];
  },
  run: (call) => {
    const { hiddenSize: H, window } = call;
    const { windowTokens: T, laneCount: B } = window;
    const x = inputVectors(call);
    const flat = tf.reshape<tf.Rank.R2>(x, [T * B, x.shape[2]]);
    const projected = affine(call, flat, ["inputKernel", "bias"]); // [T·B, 4H]
    const [q, k, v, gate] = tf.split(projected, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const { outputs, state } = retain(call, { q, k, v });
    const retained = tf.mul<tf.Tensor2D>(swish(gate), outputs);
    const y = affine(call, retained, ["outputKernel", "outputBias"]);
    const inner = swish(affine(call, normalize<tf.Tensor2D>(y), ["innerKernel", "innerBias"]));
    const h = tf.add(y, affine(call, inner, ["outerKernel", "outerBias"]));
    return { h: tf.reshape<tf.Rank.R3>(h, [T, B, H]), state: [tf.keep(state.clone())] };
  },
};

function affine(
  { kernels, weight }: LayerCall,
  x: tf.Tensor2D,
  [kernel, bias]: readonly [string, string],
): tf.Tensor2D {
  const [matrix, offset] = [weight(kernel) as tf.Tensor2D, weight(bias) as tf.Tensor1D];
  return kernels.affine({ x, kernel: matrix, isTransposed: false, bias: offset });
}

interface Projections {
  /** [T·B, H] each */
  readonly q: tf.Tensor2D;
  readonly k: tf.Tensor2D;
  readonly v: tf.Tensor2D;
}

function retain(
  { window, headCount, hiddenSize: H, state }: LayerCall,
  projections: Projections,
): { readonly outputs: tf.Tensor2D; readonly state: tf.Tensor4D } {
  const { windowTokens: T, laneCount: B } = window;
  const width = H / headCount;
  const heads = (rows: tf.Tensor2D): tf.Tensor4D =>
    tf.transpose(tf.reshape<tf.Rank.R4>(rows, [T, B, headCount, width]), [1, 2, 0, 3]); // [B, N, T, D]
  const [q, k, v] = [heads(projections.q), heads(projections.k), heads(projections.v)];
  const scaled = tf.div<tf.Tensor4D>(k, Math.sqrt(width));
  const { within, onto, from, carried } = decays(window, headCount);
  const before = state[0] as tf.Tensor4D;
  const inside = tf.matMul(tf.mul(tf.matMul(q, scaled, false, true), within), v); // [B, N, T, D]
  const across = tf.mul(tf.matMul(q, before), onto);
  const added = tf.matMul(tf.mul<tf.Tensor4D>(scaled, from), v, true, false); // [B, N, D, D]
  const summed = normalize(tf.add<tf.Tensor4D>(inside, across));
  return {
    outputs: tf.reshape(tf.transpose(summed, [2, 0, 1, 3]), [T * B, H]),
    state: tf.add(tf.mul(before, carried), added),
  };
}

/**
 * γ of a head: from 1 − 2⁻¹ of the first to 1 − 2⁻⁷ of the last. The paper has 1 − 2^(−5 − head) and tells places by turning q and k; without that some heads
 * have to forget within a few tokens.
 */
function decayOf(head: number, headCount: number): number {
  return 1 - 2 ** (headCount === 1 ? -4 : -1 - (6 * head) / (headCount - 1));
}

/** What is left of each step at each other one: γ to their distance, and nothing across a reset. */
function decays(
  { keep, windowTokens: T, laneCount: B }: LstmWindow,
  headCount: number,
): Readonly<Record<"within" | "onto" | "from" | "carried", tf.Tensor>> {
  const logs = Array.from({ length: headCount }, (_, head) => Math.log(decayOf(head, headCount)));
  const powers = (shape: number[], exponent: (index: number) => number): tf.Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: headCount * size }, (_, index) =>
      Math.exp((logs[Math.floor(index / size)] as number) * exponent(index % size)),
    );
    return tf.tensor(values, [1, headCount, ...shape]);
  };
  const passage = tf.transpose(tf.cumsum(tf.sub(1, keep), 0)); // [B, T]: resets so far
  const sameAs = (a: tf.Tensor, b: tf.Tensor | number): tf.Tensor => tf.cast(tf.equal(a, b), "float32");
  const last = tf.slice(passage, [0, T - 1], [B, 1]);
  const same = sameAs(tf.reshape(passage, [B, 1, T, 1]), tf.reshape(passage, [B, 1, 1, T]));
  const distance = powers([T, T], (index) => {
    const steps = Math.floor(index / T) - (index % T);
    return steps < 0 ? Number.POSITIVE_INFINITY : steps;
  });
  return {
    within: tf.mul(same, distance), // [B, N, T, T]
    onto: tf.mul(
      sameAs(tf.reshape(passage, [B, 1, T, 1]), 0),
      powers([T, 1], (t) => t + 1),
    ),
    from: tf.mul(
      sameAs(tf.reshape(passage, [B, 1, T, 1]), tf.reshape(last, [B, 1, 1, 1])),
      powers([T, 1], (t) => T - 1 - t),
    ),
    carried: tf.mul(
      sameAs(tf.reshape(last, [B, 1, 1, 1]), 0),
      powers([1, 1], () => T),
    ),
  };
}

/** Each row of the last axis by its root mean square. */
function normalize<Any extends tf.Tensor>(x: Any): Any {
  return tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5)));
}

function swish(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.sigmoid(x));
}
