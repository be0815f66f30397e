import * as tf from "@tensorflow/tfjs-core";
import type { LstmCall, LstmInput, LstmResult, NeuralKernels } from "../../src/models/neural/neuralKernels.ts";

/** The seam written as plainly as can be and differentiated by tfjs: the oracle for kernels with gradients of their own. */
export const autogradKernels: NeuralKernels = {
  lstmSequence,
  crossEntropy: ({ logits, targets }) =>
    tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(targets, logits.shape[1])), 1)),
  lookUp: (table, ids) => tf.gather(table, ids),
  affine: ({ x, kernel, isTransposed, bias }) => tf.add(tf.matMul(x, kernel, false, isTransposed), bias),
  softmaxLoss: ({ rows, embedding, bias, targets, weights }) => {
    const logits = tf.add<tf.Tensor2D>(tf.matMul(rows, embedding, false, true), bias);
    const wanted = tf.oneHot(targets, embedding.shape[0]);
    return tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), wanted), 1), weights)));
  },
  adam: () => {
    throw new Error("Updates have an oracle of their own.");
  },
  sumOfSquares: (x) => tf.sum(tf.square(x)),
};

function readTokens({ tokens, table }: Extract<LstmInput, { kind: "tokens" }>): tf.Tensor {
  return tf.gather(table, tf.gather(tokens.distinct, tokens.places));
}

function lstmSequence({ input, state, weights, window }: LstmCall): LstmResult {
  const { windowTokens: T, laneCount: B } = window;
  const keep = tf.unstack(window.keep) as tf.Tensor1D[];
  const x = input.kind === "tokens" ? tf.reshape(readTokens(input), [T, B, -1]) : input.x;
  const outputs: tf.Tensor2D[] = [];
  let { h, c } = state;
  (tf.unstack(x) as tf.Tensor2D[]).forEach((xt, t) => {
    const mask = tf.expandDims(keep[t] as tf.Tensor1D, 1);
    h = tf.mul(h, mask);
    c = tf.mul(c, mask);
    const z = tf.add(tf.add(tf.matMul(xt, weights.inputKernel), tf.matMul(h, weights.recurrentKernel)), weights.bias);
    const [i, g, f, o] = tf.split(z, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    outputs.push(h);
  });
  return { h: tf.stack(outputs) as tf.Tensor3D, state: { h: tf.keep(tf.clone(h)), c: tf.keep(tf.clone(c)) } };
}
