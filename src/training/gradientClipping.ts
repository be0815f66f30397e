import * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../models/neural/neuralKernels.ts";

/** Global norms of one step's gradient, and what every gradient is to be multiplied by. */
export interface ClippingReport {
  /** ‖g‖ over all parameters together, before. */
  readonly normBefore: number;
  /** ‖g‖ after: min(normBefore, clipNorm). */
  readonly normAfter: number;
  /** clipNorm / normBefore where the norm is too large, else 1. */
  readonly scale: number;
  readonly isClipped: boolean;
}

/**
 * Clipping by global norm: algorithm 1 of Pascanu, Mikolov and Bengio (2013), ĝ ← (threshold / ‖ĝ‖)·ĝ where ‖ĝ‖ exceeds
 * the threshold. The scaling itself is left to the optimizer, which reads every gradient anyway.
 * @param gradients borrowed
 */
export function clipByGlobalNorm(
  gradients: readonly tf.Tensor[],
  options: { readonly clipNorm: number; readonly kernels: NeuralKernels },
): ClippingReport {
  const normBefore = tf.tidy(() => {
    const squares = gradients.map((gradient) => options.kernels.sumOfSquares(gradient as tf.Tensor2D));
    return Math.sqrt(squares.reduce((sum, square) => sum + (square.dataSync()[0] ?? Number.NaN), 0));
  });
  const isClipped = normBefore > options.clipNorm;
  const scale = isClipped ? options.clipNorm / normBefore : 1;
  return { normBefore, normAfter: isClipped ? options.clipNorm : normBefore, scale, isClipped };
}

/**
 * Clipping element by element (Mikolov 2012, section 3.2.2): every element is brought into ±clipValue. Other than clipping the norm it
 * changes the gradient's direction; it is here to be compared.
 * @param gradients consumed
 * @returns what is left of them, owned by the caller; `scale` is 1
 */
export function clipByValue(
  gradients: ReadonlyMap<string, tf.Tensor>,
  { clipValue, kernels }: { readonly clipValue: number; readonly kernels: NeuralKernels },
): { readonly clipping: ClippingReport; readonly gradients: ReadonlyMap<string, tf.Tensor> } {
  const normOf = (tensors: Iterable<tf.Tensor>): number =>
    clipByGlobalNorm([...tensors], { clipNorm: Number.POSITIVE_INFINITY, kernels }).normBefore;
  const normBefore = normOf(gradients.values());
  const clipped = new Map(
    [...gradients].map(([name, gradient]) => [name, tf.clipByValue(gradient, -clipValue, clipValue)] as const),
  );
  tf.dispose([...gradients.values()]);
  const normAfter = normOf(clipped.values());
  return { clipping: { normBefore, normAfter, scale: 1, isClipped: normAfter < normBefore }, gradients: clipped };
}
