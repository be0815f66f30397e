import * as tf from "@tensorflow/tfjs-core";
import type { CellMath, CellUpstream, StepTrace } from "./cellMath.ts";
import type { OpCall, TensorflowOps } from "./tensorflowOps.ts";

const FLOAT = { T: { type: "float32" } } as const;

/** The ops of a step, called by name: a fifth of the dispatch cost of tfjs's functions. */
export function createTensorflowCellMath(ops: TensorflowOps): CellMath {
  const call = (op: string, ...inputs: tf.Tensor[]): tf.Tensor2D =>
    ops.run(op, { attributes: FLOAT, inputs }) as tf.Tensor2D;
  const productAttributes = { ...FLOAT, adj_x: { bool: false }, adj_y: { bool: false } } as const;
  const gateAxis = tf.keep(tf.scalar(1, "int32"));
  return {
    add: (a: tf.Tensor2D, b: tf.Tensor2D) => call("AddV2", a, b),
    mul: (a: tf.Tensor2D, b: tf.Tensor2D) => call("Mul", a, b),
    sigmoid: (x: tf.Tensor2D) => call("Sigmoid", x),
    tanh: (x: tf.Tensor2D) => call("Tanh", x),
    /** a·b by `BatchMatMulV2`, which honours oneDNN's bf16 mode where `MatMul` does not. */
    product: (a: tf.Tensor2D, b: tf.Tensor2D) =>
      ops.run("BatchMatMulV2", { attributes: productAttributes, inputs: [a, b] }) as tf.Tensor2D,
    splitGates: (z: tf.Tensor2D) =>
      ops.runMany("Split", {
        attributes: { ...FLOAT, num_split: { int: 4 } },
        inputs: [gateAxis, z],
        outputCount: 4,
      }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
    unstack: (x: tf.Tensor3D) =>
      ops.runMany("Unpack", {
        attributes: { ...FLOAT, num: { int: x.shape[0] }, axis: { int: 0 } },
        inputs: [x],
        outputCount: x.shape[0],
      }) as tf.Tensor2D[],
    stack: (list: readonly tf.Tensor2D[]) =>
      ops.run("Pack", {
        attributes: { ...FLOAT, N: { int: list.length }, axis: { int: 0 } },
        inputs: list,
      }) as tf.Tensor3D,
    cellGradient: (laneCount, hiddenSize) => {
      const blanks = createBlanks(laneCount, hiddenSize);
      return (step, upstream) => {
        const call = cellGradientCall(step, upstream, blanks);
        const [dcBefore, dz] = ops.runMany("LSTMBlockCellGrad", call) as [tf.Tensor2D, tf.Tensor2D];
        return { dcBefore, dz };
      };
    },
  };
}

/** Inputs of `LSTMBlockCellGrad` of which it reads the shapes only: x [B, 1], weights [1 + H, 4H], peepholes, bias. */
interface Blanks {
  readonly x: tf.Tensor;
  readonly weights: tf.Tensor;
  readonly peephole: tf.Tensor;
  readonly bias: tf.Tensor;
}

function createBlanks(B: number, H: number): Blanks {
  return { x: tf.zeros([B, 1]), weights: tf.zeros([H + 1, 4 * H]), peephole: tf.zeros([H]), bias: tf.zeros([4 * H]) };
}

function cellGradientCall(
  step: StepTrace,
  { dc, dh }: CellUpstream,
  blanks: Blanks,
): OpCall & { readonly outputCount: number } {
  const { i, g, f, o, c, tanhC, cBefore, hBefore } = step;
  const { x, weights, peephole, bias } = blanks;
  return {
    attributes: { ...FLOAT, use_peephole: { bool: false } },
    inputs: [x, cBefore, hBefore, weights, peephole, peephole, peephole, bias, i, c, f, o, g, tanhC, dc, dh],
    outputCount: 5,
  };
}
