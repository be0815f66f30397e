import * as tf from "@tensorflow/tfjs-core";
import type { CrossEntropyCall, NeuralKernels, ProjectionMath } from "./neuralKernels.ts";
import { portableCellMath } from "./portableCellMath.ts";
import { createUnrolledLstm } from "./unrolledLstm.ts";

const math: ProjectionMath = { lookUp: portableLookUp, product: portableProduct };

/** Kernels in plain tfjs operations: run on every backend. */
export const portableKernels: NeuralKernels = {
  name: "portable",
  ...math,
  lstmSequence: createUnrolledLstm(portableCellMath, math),
  crossEntropy: portableCrossEntropy,
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

/** `tf.gather` whose gradient needs only ops that every backend has: tfjs's own uses one that WASM lacks. */
function portableLookUp(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [rowCount, width] = table.shape;
  const lookUp = tf.customGrad((x) => ({
    value: tf.gather(x as tf.Tensor2D, ids),
    gradFunc: (dy: tf.Tensor2D) => tf.scatterND<tf.Rank.R2>(tf.expandDims(ids, 1), dy, [rowCount, width]),
  }));
  return lookUp(table);
}

/** `tf.matMul` with explicit transposes: WASM multiplies untransposed matrices many times as fast as transposed ones. */
function portableProduct(a: tf.Tensor2D, b: tf.Tensor2D, options = { isSecondTransposed: false }): tf.Tensor2D {
  const product = tf.customGrad<tf.Tensor>((...args) => {
    const [x, y, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([x, y]);
    return {
      value: tf.matMul(x, options.isSecondTransposed ? tf.transpose(y) : y),
      gradFunc: (slope: tf.Tensor, saved: tf.Tensor[]) => {
        const dy = slope as tf.Tensor2D;
        const [left, right] = saved as [tf.Tensor2D, tf.Tensor2D];
        const dLeft = tf.matMul(dy, options.isSecondTransposed ? right : tf.transpose(right));
        const dRight = options.isSecondTransposed
          ? tf.matMul(tf.transpose(dy), left)
          : tf.matMul(tf.transpose(left), dy);
        return [dLeft, dRight];
      },
    };
  });
  return product(a, b) as tf.Tensor2D;
}
