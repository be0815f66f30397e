import * as tf from "@tensorflow/tfjs-core";
import { chooseCudnn, type CudnnChoice, type CudnnWish } from "./chooseCudnn.ts";
import type { AffineCall, CrossEntropyCall, NeuralKernels, ProjectionMath } from "./neuralKernels.ts";
import { portableAdam, separateSoftmaxLoss } from "./portableKernels.ts";
import { createTensorflowCellMath } from "./tensorflowCellMath.ts";
import type { TensorflowOps } from "./tensorflowOps.ts";
import { createUnrolledLstm } from "./unrolledLstm.ts";

const FLOAT = { T: { type: "float32" } } as const;

const math: ProjectionMath = {
  lookUp: (table, ids) => tf.gather(table, ids),
  affine: ({ x, kernel, isTransposed, bias }) => tf.add(tf.matMul(x, kernel, false, isTransposed), bias),
};

/** Kernels in TensorFlow's own ops, which run on every device it has. */
export function createTensorflowKernels(ops: TensorflowOps): NeuralKernels {
  const separate = {
    affine: (call: AffineCall) => math.affine(call),
    crossEntropy: (call: CrossEntropyCall) => crossEntropy(ops, call),
  };
  return {
    ...math,
    lstmSequence: createUnrolledLstm(createTensorflowCellMath(ops), math),
    crossEntropy: separate.crossEntropy,
    softmaxLoss: (call) => separateSoftmaxLoss(separate, call),
    adam: portableAdam,
    sumOfSquares: (x) => tf.mul(ops.run("L2Loss", { attributes: FLOAT, inputs: [x] }), 2),
  };
}

/** Kernels for a GPU: those, with an LSTM by cuDNN where it computes what it should, and what was chosen. */
export function createGpuKernels(
  ops: TensorflowOps,
  wish: CudnnWish,
): { readonly kernels: NeuralKernels; readonly choice: CudnnChoice } {
  const kernels = createTensorflowKernels(ops);
  const choice = chooseCudnn(ops, { wish, math, unrolled: (call) => kernels.lstmSequence(call) });
  if (choice.kind === "fault") {
    return { kernels, choice };
  }
  const { lstmSequence, lossScale } = choice;
  return { kernels: { ...kernels, lstmSequence, ...(lossScale === null ? {} : { lossScale }) }, choice };
}

/** One pass gives the loss and its gradient, softmax − one-hot, which waits for the backward pass. */
function crossEntropy(ops: TensorflowOps, { logits, targets }: CrossEntropyCall): tf.Tensor1D {
  const attributes = { ...FLOAT, Tlabels: { type: "int32" } } as const;
  const loss = tf.customGrad((x, save) => {
    const [nats, slope] = ops.runMany("SparseSoftmaxCrossEntropyWithLogits", {
      attributes,
      inputs: [x as tf.Tensor2D, targets],
      outputCount: 2,
    }) as [tf.Tensor1D, tf.Tensor2D]; // [N], [N, V]
    (save as tf.GradSaveFunc)([slope]);
    return {
      value: nats,
      gradFunc: (dy: tf.Tensor1D, saved: tf.Tensor[]) => tf.mul(tf.expandDims(dy, 1), saved[0] as tf.Tensor2D),
    };
  });
  return loss(logits);
}
