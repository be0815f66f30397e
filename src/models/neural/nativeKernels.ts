import * as tf from "@tensorflow/tfjs-core";
import { createFusedKernels } from "./fusedKernels.ts";
import {
  type FusedOps,
  type RecurrenceCall,
  type RecurrenceGradientCall,
  type RecurrenceResult,
  separateWeightGradients,
  type SoftmaxLossResult,
  type WeightGradients,
  type WeightGradientsCall,
} from "./fusedOps.ts";
import type { AdamCall, AdamResult, NeuralKernels, SoftmaxLossCall } from "./neuralKernels.ts";
import { separateSoftmaxLoss } from "./portableKernels.ts";
import { createNativeCells } from "./nativeCells.ts";
import type { TensorflowOps } from "./tensorflowOps.ts";

const FLOAT = { T: { type: "float32" } } as const;

export interface NativeOptions {
  /** Whether TensorFlow's own products are the faster ones: oneDNN computes them in bfloat16 with matrix units, where there are such. */
  readonly leavesProductsToTensorflow: boolean;
}

/** Kernels in the ops of `native/ops.cc`, which TensorFlow runs on the processor: a window of an LSTM is one op each way. */
export function createNativeKernels(ops: TensorflowOps, { leavesProductsToTensorflow }: NativeOptions): NeuralKernels {
  const kernels = createFusedKernels(createNativeOps(ops, { leavesProductsToTensorflow }));
  return leavesProductsToTensorflow
    ? { ...kernels, softmaxLoss: (call) => separateSoftmaxLoss(kernels, call) }
    : kernels;
}

function createNativeOps(ops: TensorflowOps, { leavesProductsToTensorflow }: NativeOptions): FusedOps {
  const none = tf.keep(tf.tensor1d([], "float32"));
  const noIds = tf.keep(tf.tensor1d([], "int32"));
  const multiply = leavesProductsToTensorflow ? bfloat16Product(ops) : nativeProduct(ops, none);
  const sumRows: FusedOps["sumRows"] = (x) => ops.run("InklingSumRows", { inputs: [x] }) as tf.Tensor1D;
  return {
    multiply,
    pickRows: (table, ids) => tf.gather(table, ids),
    scatterRows: (x, ids, like) => ops.run("InklingScatterRows", { inputs: [x, ids, like] }) as tf.Tensor2D,
    sumRows,
    weightGradients: leavesProductsToTensorflow
      ? (call) => separateWeightGradients({ multiply, sumRows }, call)
      : (call) => weightGradients(ops, call),
    recurrence: (call) => recurrence(ops, noIds, call),
    recurrenceGradient: (call) => recurrenceGradient(ops, call),
    cells: createNativeCells(ops, noIds),
    crossEntropy: ({ logits, targets }) => {
      const [nats, logSums] = ops.runMany("InklingCrossEntropy", { inputs: [logits, targets], outputCount: 2 }) as [
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      return { nats, logSums };
    },
    crossEntropyGradient: ({ logits, targets, logSums, dy }) =>
      ops.run("InklingCrossEntropyGrad", { inputs: [logits, targets, logSums, dy] }) as tf.Tensor2D,
    softmaxLoss: (call) => softmaxLoss(ops, call),
    adam: (call) => adam(ops, call),
    sumOfSquares: (x) => ops.run("InklingSumOfSquares", { inputs: [x] }) as tf.Scalar,
  };
}

function nativeProduct(ops: TensorflowOps, none: tf.Tensor1D): FusedOps["multiply"] {
  return (a, b, { isFirstTransposed = false, isSecondTransposed = false, bias = none } = {}) =>
    ops.run("InklingMatMul", {
      attributes: { transpose_a: { bool: isFirstTransposed }, transpose_b: { bool: isSecondTransposed } },
      inputs: [a, b, bias],
    }) as tf.Tensor2D;
}

/** `BatchMatMulV2` honours oneDNN's bf16 mode where `MatMul` does not. */
function bfloat16Product(ops: TensorflowOps): FusedOps["multiply"] {
  return (a, b, { isFirstTransposed = false, isSecondTransposed = false, bias } = {}) => {
    const product = ops.run("BatchMatMulV2", {
      attributes: { ...FLOAT, adj_x: { bool: isFirstTransposed }, adj_y: { bool: isSecondTransposed } },
      inputs: [a, b],
    }) as tf.Tensor2D;
    return bias === undefined ? product : tf.add(product, bias);
  };
}

function weightGradients(ops: TensorflowOps, { x, hBefore, dz }: WeightGradientsCall): WeightGradients {
  const [dInput, dRecurrent, dBias] = ops.runMany("InklingWeightGradients", {
    inputs: [x, hBefore, dz],
    outputCount: 3,
  }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
  return { dInput, dRecurrent, dBias };
}

function recurrence(
  ops: TensorflowOps,
  noIds: tf.Tensor1D,
  { rows, ids, kernel, state, keep }: RecurrenceCall,
): RecurrenceResult {
  const [h, lastH, lastC, gates, c, hBefore] = ops.runMany("InklingLstm", {
    inputs: [rows, ids ?? noIds, kernel, state.h, state.c, keep],
    outputCount: 6,
  }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor3D, tf.Tensor3D, tf.Tensor2D];
  return { h, last: { h: lastH, c: lastC }, gates, c, hBefore };
}

function recurrenceGradient(
  ops: TensorflowOps,
  { dh, kernel, gates, c, firstC, keep }: RecurrenceGradientCall,
): tf.Tensor2D {
  return ops.run("InklingLstmGrad", { inputs: [dh, kernel, gates, c, firstC, keep] }) as tf.Tensor2D;
}

function softmaxLoss(
  ops: TensorflowOps,
  { rows, embedding, bias, targets, weights }: SoftmaxLossCall,
): SoftmaxLossResult {
  const [nats, dRows, dEmbedding, dBias] = ops.runMany("InklingSoftmaxLoss", {
    inputs: [rows, embedding, bias, targets, weights],
    outputCount: 4,
  }) as [tf.Scalar, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
  return { nats, slopes: [dRows, dEmbedding, dBias] };
}

function adam(ops: TensorflowOps, call: AdamCall): AdamResult {
  const { gradientScale, rate, kept, beta1, beta2, epsilon } = call;
  const numbers = tf.tensor1d([gradientScale, rate, kept, beta1, beta2, epsilon]);
  const [parameter, m, v] = ops.runMany("InklingAdam", {
    inputs: [call.parameter, call.m, call.v, call.gradient, numbers],
    outputCount: 3,
  }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  numbers.dispose();
  return { parameter, m, v };
}
