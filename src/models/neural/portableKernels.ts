import * as tf from "@tensorflow/tfjs-core";
import type {
  AdamCall,
  AdamResult,
  AffineCall,
  CrossEntropyCall,
  NeuralKernels,
  ProjectionMath,
  SoftmaxLossCall,
} from "./neuralKernels.ts";
import { portableCellMath } from "./portableCellMath.ts";
import { createUnrolledLstm } from "./unrolledLstm.ts";

const math: ProjectionMath = { lookUp: portableLookUp, affine: portableAffine };

/** Kernels in plain tfjs operations: run on every backend. */
export const portableKernels: NeuralKernels = {
  ...math,
  lstmSequence: createUnrolledLstm(portableCellMath, math),
  crossEntropy: portableCrossEntropy,
  softmaxLoss: (call) => separateSoftmaxLoss({ affine: portableAffine, crossEntropy: portableCrossEntropy }, call),
  adam: portableAdam,
  sumOfSquares: (x) => tf.sum(tf.square(x)),
};

/** The gradient, softmax − one-hot, written out: tfjs's own goes through the gradient of a maximum. */
function portableCrossEntropy({ logits, targets }: CrossEntropyCall): tf.Tensor1D {
  const loss = tf.customGrad<tf.Tensor1D>((x, save) => {
    const scores = x as tf.Tensor2D;
    const wanted = tf.cast(tf.oneHot(targets, scores.shape[1]), "float32"); // [N, V]
    const nats = tf.sub<tf.Tensor1D>(tf.logSumExp(scores, 1), tf.sum(tf.mul(scores, wanted), 1)); // [N]
    (save as tf.GradSaveFunc)([scores, wanted]);
    return {
      value: nats,
      gradFunc: (dy: tf.Tensor1D, saved: tf.Tensor[]) => {
        const [kept, target] = saved as [tf.Tensor2D, tf.Tensor2D];
        return tf.mul<tf.Tensor2D>(tf.expandDims(dy, 1), tf.sub(tf.softmax(kept), target));
      },
    };
  });
  return loss(logits);
}

/** `tf.gather` with a gradient of its own: tfjs's sums segment after segment, each over all rows. */
function portableLookUp(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [rowCount, width] = table.shape;
  const lookUp = tf.customGrad((x) => ({
    value: tf.gather(x as tf.Tensor2D, ids),
    gradFunc: (dy: tf.Tensor2D) => tf.scatterND<tf.Rank.R2>(tf.expandDims(ids, 1), dy, [rowCount, width]),
  }));
  return lookUp(table);
}

function portableAffine({ x, kernel, isTransposed, bias }: AffineCall): tf.Tensor2D {
  return tf.add(tf.matMul(x, kernel, false, isTransposed), bias);
}

/** The loss of a tied softmax from the seam's other parts. */
export function separateSoftmaxLoss(
  { affine, crossEntropy }: Pick<NeuralKernels, "affine" | "crossEntropy">,
  { rows, embedding, bias, targets, weights }: SoftmaxLossCall,
): tf.Scalar {
  const logits = affine({ x: rows, kernel: embedding, isTransposed: true, bias }); // [N, V]
  return tf.sum(tf.mul(crossEntropy({ logits, targets }), weights));
}

/** Adam in plain tfjs. */
export function portableAdam(call: AdamCall): AdamResult {
  const { parameter, m, v, gradient, gradientScale, rate, kept, beta1, beta2, epsilon } = call;
  return tf.tidy(() => {
    const nextM = tf.add(tf.mul(m, beta1), tf.mul(gradient, (1 - beta1) * gradientScale));
    const square = tf.mul(tf.square(gradient), (1 - beta2) * gradientScale * gradientScale);
    const nextV = tf.add(tf.mul(v, beta2), square);
    const move = tf.div(tf.mul(nextM, rate), tf.add(tf.sqrt(nextV), epsilon));
    const nextParameter = tf.sub(kept < 1 ? tf.mul(parameter, kept) : parameter, move);
    return { parameter: nextParameter, m: nextM, v: nextV };
  });
}
