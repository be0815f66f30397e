import * as tf from "@tensorflow/tfjs-core";
import { createFusedCells } from "./fusedCells.ts";
import type { FusedOps } from "./fusedOps.ts";
import type {
  AffineCall,
  CrossEntropyCall,
  LstmCall,
  LstmResult,
  LstmState,
  NeuralKernels,
  ProjectionMath,
  SoftmaxLossCall,
} from "./neuralKernels.ts";
import { readInput } from "./projectInput.ts";

/** Kernels over ops that take a whole window at once, with the gradients written out. */
export function createFusedKernels(ops: FusedOps): NeuralKernels {
  const math: ProjectionMath = {
    lookUp: (table, ids) => lookUp(ops, table, ids),
    affine: (call) => affine(ops, call),
  };
  return {
    ...math,
    lstmSequence: (call) => lstmSequence(ops, math, call),
    ...(ops.cells === null ? {} : { cells: createFusedCells(ops, ops.cells) }),
    crossEntropy: (call) => crossEntropy(ops, call),
    softmaxLoss: (call) => softmaxLoss(ops, call),
    adam: (call) => ops.adam(call),
    sumOfSquares: (x) => ops.sumOfSquares(x),
  };
}

function lookUp(ops: FusedOps, table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const rows = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: ops.pickRows(x as tf.Tensor2D, ids),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => ops.scatterRows(dy, ids, saved[0] as tf.Tensor2D),
    };
  });
  return rows(table);
}

function affine(ops: FusedOps, { x, kernel, isTransposed, bias }: AffineCall): tf.Tensor2D {
  const rows = tf.customGrad<tf.Tensor>((...args) => {
    const [a, b, c, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([a, b]);
    return {
      value: ops.multiply(a, b, { isSecondTransposed: isTransposed, bias: c }),
      gradFunc: (slope: tf.Tensor, saved: tf.Tensor[]) => {
        const dy = slope as tf.Tensor2D;
        const [left, right] = saved as [tf.Tensor2D, tf.Tensor2D];
        return affineGradients(ops, { x: left, kernel: right, isTransposed, dy });
      },
    };
  });
  return rows(x, kernel, bias) as tf.Tensor2D;
}

/** Of x, kernel and bias. */
function affineGradients(
  ops: FusedOps,
  { x, kernel, isTransposed, dy }: Omit<AffineCall, "bias"> & { readonly dy: tf.Tensor2D },
): tf.Tensor[] {
  const dKernel = isTransposed
    ? ops.multiply(dy, x, { isFirstTransposed: true })
    : ops.multiply(x, dy, { isFirstTransposed: true });
  return [ops.multiply(dy, kernel, { isSecondTransposed: !isTransposed }), dKernel, ops.sumRows(dy)];
}

/**
 * The equations of `createUnrolledLstm`, a window in one op, and ∂loss/∂z in another, by which all gradients are products. Where each step and lane has its own row of the input, the weights'
 * are one op, for dz is a factor of both.
 */
function lstmSequence(ops: FusedOps, math: Pick<ProjectionMath, "lookUp">, call: LstmCall): LstmResult {
  const { x: given, ids } = readInput(call, math);
  const { state, window, weights } = call;
  const { keep } = window;
  let last: LstmState | undefined;
  const sequence = tf.customGrad<tf.Tensor>((...args) => {
    const [x, inputKernel, bias, kernel, save] = args as unknown as SequenceInputs;
    const rows = ops.multiply(x, inputKernel, { bias });
    const forward = ops.recurrence({ rows, ids, kernel, state, keep });
    last = { h: tf.keep(forward.last.h), c: tf.keep(forward.last.c) };
    save([x, inputKernel, kernel, forward.gates, forward.c, forward.hBefore]);
    return {
      value: forward.h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => sequenceGradients(ops, call, { dy, ids, saved }),
    };
  });
  const h = sequence(given, weights.inputKernel, weights.bias, weights.recurrentKernel) as tf.Tensor3D;
  return { h, state: last as unknown as LstmState };
}

type SequenceInputs = [
  x: tf.Tensor2D,
  inputKernel: tf.Tensor2D,
  bias: tf.Tensor1D,
  recurrentKernel: tf.Tensor2D,
  save: tf.GradSaveFunc,
];

type SavedSequence = [
  x: tf.Tensor2D,
  inputKernel: tf.Tensor2D,
  recurrentKernel: tf.Tensor2D,
  gates: tf.Tensor3D,
  c: tf.Tensor3D,
  hBefore: tf.Tensor2D,
];

/** Of x, input kernel, bias and recurrent kernel. */
function sequenceGradients(
  ops: FusedOps,
  { state, window }: LstmCall,
  {
    dy,
    ids,
    saved,
  }: { readonly dy: tf.Tensor; readonly ids: tf.Tensor1D | null; readonly saved: readonly tf.Tensor[] },
): tf.Tensor[] {
  const [x, inputKernel, kernel, gates, c, hBefore] = saved as unknown as SavedSequence;
  const dh = dy as tf.Tensor3D;
  const dz = ops.recurrenceGradient({ dh, kernel, gates, c, firstC: state.c, keep: window.keep }); // [T·B, 4H]
  if (ids === null) {
    const { dInput, dBias, dRecurrent } = ops.weightGradients({ x, hBefore, dz });
    return [ops.multiply(dz, inputKernel, { isSecondTransposed: true }), dInput, dBias, dRecurrent];
  }
  const dRows = ops.scatterRows(dz, ids, x); // [U, 4H]
  return [
    ...affineGradients(ops, { x, kernel: inputKernel, isTransposed: false, dy: dRows }),
    ops.multiply(hBefore, dz, { isFirstTransposed: true }),
  ];
}

/** The forward pass leaves ln Σeˣ of each row only; the backward pass writes the slope once, scaled already. */
function crossEntropy(ops: FusedOps, { logits, targets }: CrossEntropyCall): tf.Tensor1D {
  const loss = tf.customGrad((x, save) => {
    const { nats, logSums } = ops.crossEntropy({ logits: x as tf.Tensor2D, targets });
    // The targets too: those that were made within what is differentiated are gone by then.
    (save as tf.GradSaveFunc)([x as tf.Tensor, logSums, targets]);
    return {
      value: nats,
      gradFunc: (dy: tf.Tensor1D, saved: tf.Tensor[]) => {
        const [scores, sums, wanted] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
        return ops.crossEntropyGradient({ logits: scores, targets: wanted, logSums: sums, dy });
      },
    };
  });
  return loss(logits);
}

/** Logits stay in the cache: a block of rows after the other, with their loss and the gradients at once. */
function softmaxLoss(ops: FusedOps, { rows, embedding, bias, targets, weights }: SoftmaxLossCall): tf.Scalar {
  const loss = tf.customGrad<tf.Tensor>((...args) => {
    const [x, table, offset, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const { nats, slopes } = ops.softmaxLoss({ rows: x, embedding: table, bias: offset, targets, weights });
    save([...slopes]);
    return {
      value: nats,
      // Where this is all of what is minimised, they are large and right as they are.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        saved.map(dy.dataSync()[0] === 1 ? (slope) => tf.clone(slope) : (slope) => tf.mul(slope, dy)),
    };
  });
  return loss(rows, embedding, bias) as tf.Scalar;
}
