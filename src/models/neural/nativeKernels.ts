import * as tf from "@tensorflow/tfjs-core";
import type {
  AdamCall,
  AdamResult,
  AffineCall,
  CrossEntropyCall,
  LstmCall,
  LstmResult,
  LstmState,
  NeuralKernels,
  ProjectionMath,
  SoftmaxLossCall,
} from "./neuralKernels.ts";
import { separateSoftmaxLoss } from "./portableKernels.ts";
import { projectInput } from "./projectInput.ts";
import type { TensorflowOps } from "./tensorflowOps.ts";

const FLOAT = { T: { type: "float32" } } as const;

export interface NativeOptions {
  /** Whether TensorFlow's own products, which oneDNN may compute in bfloat16, are the faster ones on this processor. */
  readonly usesBfloat16: boolean;
}

/** A product of two matrices, either read as its transpose, plus a bias where there is one. */
type Multiply = (a: tf.Tensor2D, b: tf.Tensor2D, options?: MultiplyOptions) => tf.Tensor2D;

interface MultiplyOptions {
  readonly isFirstTransposed?: boolean;
  readonly isSecondTransposed?: boolean;
  readonly bias?: tf.Tensor1D;
}

/** Kernels in the ops of `native/ops.cc`, which TensorFlow runs on the processor: a window of an LSTM is one op each way. */
export function createNativeKernels(ops: TensorflowOps, { usesBfloat16 }: NativeOptions): NeuralKernels {
  const none = tf.keep(tf.tensor1d([], "float32"));
  const multiply = usesBfloat16 ? bfloat16Product(ops) : nativeProduct(ops, none);
  const math: ProjectionMath = {
    lookUp: (table, ids) => lookUp(ops, table, ids),
    affine: (call) => affine(ops, multiply, call),
  };
  const separate = {
    affine: (call: AffineCall) => math.affine(call),
    crossEntropy: (call: CrossEntropyCall) => crossEntropy(ops, call),
  };
  const noIds = tf.keep(tf.tensor1d([], "int32"));
  return {
    ...math,
    lstmSequence: (call) => lstmSequence({ ops, multiply, math, noIds }, call),
    crossEntropy: separate.crossEntropy,
    softmaxLoss: (call) => (usesBfloat16 ? separateSoftmaxLoss(separate, call) : softmaxLoss(ops, call)),
    adam: (call) => adam(ops, call),
    sumOfSquares: (x) => tf.mul(ops.run("L2Loss", { attributes: FLOAT, inputs: [x] }), 2),
  };
}

function nativeProduct(ops: TensorflowOps, none: tf.Tensor1D): Multiply {
  return (a, b, { isFirstTransposed = false, isSecondTransposed = false, bias = none } = {}) =>
    ops.run("InklingMatMul", {
      attributes: { transpose_a: { bool: isFirstTransposed }, transpose_b: { bool: isSecondTransposed } },
      inputs: [a, b, bias],
    }) as tf.Tensor2D;
}

/** `BatchMatMulV2` honours oneDNN's bf16 mode where `MatMul` does not. */
function bfloat16Product(ops: TensorflowOps): Multiply {
  return (a, b, { isFirstTransposed = false, isSecondTransposed = false, bias } = {}) => {
    const product = ops.run("BatchMatMulV2", {
      attributes: { ...FLOAT, adj_x: { bool: isFirstTransposed }, adj_y: { bool: isSecondTransposed } },
      inputs: [a, b],
    }) as tf.Tensor2D;
    return bias === undefined ? product : tf.add(product, bias);
  };
}

function lookUp(ops: TensorflowOps, table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const rows = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.gather(x as tf.Tensor2D, ids),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) =>
        ops.run("InklingScatterRows", { inputs: [dy, ids, saved[0] as tf.Tensor] }),
    };
  });
  return rows(table);
}

function affine(ops: TensorflowOps, multiply: Multiply, { x, kernel, isTransposed, bias }: AffineCall): tf.Tensor2D {
  const rows = tf.customGrad<tf.Tensor>((...args) => {
    const [a, b, c, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([a, b]);
    return {
      value: multiply(a, b, { isSecondTransposed: isTransposed, bias: c }),
      gradFunc: (slope: tf.Tensor, saved: tf.Tensor[]) => {
        const dy = slope as tf.Tensor2D;
        const [left, right] = saved as [tf.Tensor2D, tf.Tensor2D];
        const dLeft = multiply(dy, right, { isSecondTransposed: !isTransposed });
        const dRight = isTransposed
          ? multiply(dy, left, { isFirstTransposed: true })
          : multiply(left, dy, { isFirstTransposed: true });
        return [dLeft, dRight, ops.run("InklingSumRows", { inputs: [dy] })];
      },
    };
  });
  return rows(x, kernel, bias) as tf.Tensor2D;
}

interface SequenceContext {
  readonly ops: TensorflowOps;
  readonly multiply: Multiply;
  readonly math: ProjectionMath;
  readonly noIds: tf.Tensor1D;
}

/** The equations of `createUnrolledLstm`, a window in one op; its gradients too, but for the kernel's, which is one product. */
function lstmSequence({ ops, multiply, math, noIds }: SequenceContext, call: LstmCall): LstmResult {
  const { rows: projected, ids } = projectInput(call, math);
  const { keep } = call.window;
  const { h: firstH, c: firstC } = call.state;
  let last: LstmState | undefined;
  const sequence = tf.customGrad<tf.Tensor>((...args) => {
    const [rows, kernel, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const [h, lastH, lastC, gates, c, hBefore] = ops.runMany("InklingLstm", {
      inputs: [rows, ids ?? noIds, kernel, firstH, firstC, keep],
      outputCount: 6,
    }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor3D, tf.Tensor3D, tf.Tensor2D];
    last = { h: tf.keep(lastH), c: tf.keep(lastC) };
    save([rows, kernel, gates, c, hBefore]);
    return {
      value: h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [oldRows, weights, oldGates, cells, before] = saved as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor3D,
          tf.Tensor3D,
          tf.Tensor2D,
        ];
        const dz = ops.run("InklingLstmGrad", {
          inputs: [dy, weights, oldGates, cells, firstC, keep],
        }) as tf.Tensor2D; // [T·B, 4H]
        const dRows = ids === null ? dz : ops.run("InklingScatterRows", { inputs: [dz, ids, oldRows] });
        return [dRows, multiply(before, dz, { isFirstTransposed: true })];
      },
    };
  });
  const h = sequence(projected, call.weights.recurrentKernel) as tf.Tensor3D;
  return { h, state: last as unknown as LstmState };
}

/** The forward pass leaves ln Σeˣ of each row only; the backward pass writes the slope once, scaled already. */
function crossEntropy(ops: TensorflowOps, { logits, targets }: CrossEntropyCall): tf.Tensor1D {
  const loss = tf.customGrad((x, save) => {
    const [nats, logSums] = ops.runMany("InklingCrossEntropy", {
      inputs: [x as tf.Tensor2D, targets],
      outputCount: 2,
    }) as [tf.Tensor1D, tf.Tensor1D];
    (save as tf.GradSaveFunc)([x as tf.Tensor, logSums]);
    return {
      value: nats,
      gradFunc: (dy: tf.Tensor1D, saved: tf.Tensor[]) => {
        const [scores, sums] = saved as [tf.Tensor2D, tf.Tensor1D];
        return ops.run("InklingCrossEntropyGrad", { inputs: [scores, targets, sums, dy] });
      },
    };
  });
  return loss(logits);
}

/** Logits stay in the cache: a block of rows after the other, with their loss and the gradients at once. */
function softmaxLoss(ops: TensorflowOps, { rows, embedding, bias, targets, weights }: SoftmaxLossCall): tf.Scalar {
  const loss = tf.customGrad<tf.Tensor>((...args) => {
    const [x, table, offset, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const [total, dRows, dTable, dOffset] = ops.runMany("InklingSoftmaxLoss", {
      inputs: [x, table, offset, targets, weights],
      outputCount: 4,
    }) as [tf.Scalar, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    save([dRows, dTable, dOffset]);
    return {
      value: total,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved.map((slope) => tf.mul(slope, dy)),
    };
  });
  return loss(rows, embedding, bias) as tf.Scalar;
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
