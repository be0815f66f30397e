import * as tf from "@tensorflow/tfjs-core";
import type { NeuralKernels } from "../neuralKernels.ts";
import { narrowSoftmax } from "../softmaxCandidates.ts";
import type { ModelWindow } from "../trainableModel.ts";

/** What the softmax of a model reads with. */
export interface HeadWeights {
  /** [V, D]: the embedding, or vectors of its own */
  readonly kernel: tf.Tensor2D;
  /** [V] */
  readonly bias: tf.Tensor1D;
  /** Where softmaxes are mixed: π of Yang et al. (2018) and the projections onto K contexts; null for a single softmax. */
  readonly mixture: MixtureWeights | null;
}

export interface MixtureWeights {
  /** K */
  readonly softmaxCount: number;
  /** [D, K] */
  readonly priorKernel: tf.Tensor2D;
  /** [K] */
  readonly priorBias: tf.Tensor1D;
  /** [D, K·E] */
  readonly latentKernel: tf.Tensor2D;
  /** [K·E] */
  readonly latentBias: tf.Tensor1D;
}

interface HeadCall {
  /** [N, D] */
  readonly rows: tf.Tensor2D;
  readonly head: HeadWeights;
  readonly kernels: NeuralKernels;
}

interface LossCall extends HeadCall {
  /** Drops units of the K vectors, [N, K·E]; nothing where there is a single softmax. */
  readonly dropLatent: (latent: tf.Tensor2D) => tf.Tensor2D;
}

/** Σ weight · −ln p(target), nats; differentiable in rows and weights. */
export function headLoss(
  given: LossCall,
  { targets: wanted, weights, candidates }: Pick<ModelWindow, "targets" | "weights" | "candidates">,
): tf.Scalar {
  const { rows, kernels } = given;
  const { targets, ...narrow } = narrowSoftmax({ ...given.head, targets: wanted }, candidates, kernels);
  const call = { ...given, head: { ...given.head, ...narrow } };
  const { head } = call;
  if (head.mixture === null) {
    return kernels.softmaxLoss({ rows, embedding: head.kernel, bias: head.bias, targets, weights });
  }
  const { softmaxCount: K } = head.mixture;
  const N = rows.shape[0];
  const repeated = tf.reshape<tf.Rank.R1>(tf.tile(tf.expandDims(targets, 1), [1, K]), [N * K]);
  const latent = given.dropLatent(latentVectors(call, head.mixture));
  const nats = kernels.crossEntropy({ logits: latentLogits(call, latent), targets: repeated }); // [N·K]
  const joint = tf.sub<tf.Tensor2D>(logPriors(call, head.mixture), tf.reshape(nats, [N, K]));
  return tf.neg(tf.sum(tf.mul(logSumExp(joint), weights)));
}

/** Scores of every token, unnormalised, or the logarithms themselves where softmaxes are mixed; [N, V]; differentiable in rows and weights. */
export function headLogits(call: HeadCall): tf.Tensor2D {
  const { rows, head, kernels } = call;
  if (head.mixture === null) {
    return kernels.affine({ x: rows, kernel: head.kernel, isTransposed: true, bias: head.bias });
  }
  const { softmaxCount: K } = head.mixture;
  const N = rows.shape[0];
  const V = head.bias.shape[0];
  const latent = latentVectors(call, head.mixture);
  const logs = tf.reshape(tf.logSoftmax(latentLogits(call, latent)), [N, K, V]);
  return logSumExp(tf.add(logs, tf.expandDims(logPriors(call, head.mixture), 2))) as tf.Tensor2D;
}

/** The K vectors of each row side by side, tanh(W·g), [N, K·E]; equation in section 3.2 of Yang et al. */
function latentVectors({ rows, kernels }: HeadCall, mixture: MixtureWeights): tf.Tensor2D {
  const { latentKernel: kernel, latentBias: bias } = mixture;
  return tf.tanh(kernels.affine({ x: rows, kernel, isTransposed: false, bias }));
}

/** What the softmax gives to each of the K vectors, [N·K, V]. */
function latentLogits({ head, kernels }: HeadCall, latent: tf.Tensor2D): tf.Tensor2D {
  const x = tf.reshape<tf.Rank.R2>(latent, [-1, head.kernel.shape[1]]); // [N·K, E]
  return kernels.affine({ x, kernel: head.kernel, isTransposed: true, bias: head.bias });
}

/** ln π, [N, K] */
function logPriors({ rows, kernels }: HeadCall, { priorKernel: kernel, priorBias: bias }: MixtureWeights): tf.Tensor2D {
  const scores = kernels.affine({ x: rows, kernel, isTransposed: false, bias });
  return tf.sub(scores, tf.expandDims(logSumExp(scores), 1));
}

/** ln Σ eˣ along the second axis; its gradient, the softmax, is written out: tfjs's own goes through the gradient of a maximum. */
function logSumExp(x: tf.Tensor): tf.Tensor {
  const sum = tf.customGrad((a, save) => {
    const value = tf.logSumExp(a as tf.Tensor, 1);
    (save as tf.GradSaveFunc)([a as tf.Tensor, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [terms, logSum] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.expandDims(dy, 1), tf.exp(tf.sub(terms, tf.expandDims(logSum, 1))));
      },
    };
  });
  return sum(x);
}
