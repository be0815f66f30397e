import * as tf from "@tensorflow/tfjs-core";
import type { CellMath, StepTrace } from "./cellMath.ts";
import type { LstmCall, LstmResult, LstmState, LstmWindow, ProjectionMath } from "./neuralKernels.ts";
import { projectInput } from "./projectInput.ts";
import { keepAt } from "./resetMasks.ts";

const TENSORS_A_STEP = 8;

/**
 * The LSTM of Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000) over a window:
 * [i g f o] = x·W + h₋₁·R + b; c = σ(f)·c₋₁ + σ(i)·tanh(g); h = σ(o)·tanh(c).
 *
 * The time loop holds only what the recurrence needs; the input projection and the gradient of the recurrent kernel are
 * one product each. The recurrent kernel is transposed once a window, because products by an untransposed matrix are
 * three times as fast for a few rows. Its gradient is written out rather than left to tfjs: a tenth of the ops.
 */
export function createUnrolledLstm(math: CellMath, projection: ProjectionMath): (call: LstmCall) => LstmResult {
  return (call) => {
    const { windowTokens: T, laneCount: B } = call.window;
    const { rows, ids } = projectInput(call, projection);
    const projected = tf.reshape<tf.Rank.R3>(ids === null ? rows : projection.lookUp(rows, ids), [T, B, -1]); // [T, B, 4H]
    let last: LstmState | undefined;
    const sequence = tf.customGrad((...args) => {
      const [z, kernel, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc];
      const forward = unrollForward(math, { z, kernel, state: call.state, window: call.window });
      last = { h: tf.keep(tf.clone(forward.last.h)), c: tf.keep(tf.clone(forward.last.c)) };
      save([kernel, ...forward.trace.flatMap(traceTensors)]);
      return {
        value: forward.h,
        gradFunc: (dy: tf.Tensor3D, saved: tf.Tensor[]) =>
          unrollBackward(math, { dh: dy, saved: saved as tf.Tensor2D[], window: call.window }),
      };
    });
    const h = sequence(projected, call.weights.recurrentKernel);
    return { h, state: last as unknown as LstmState };
  };
}

interface ForwardCall {
  readonly z: tf.Tensor3D;
  readonly kernel: tf.Tensor2D;
  readonly state: LstmState;
  readonly window: LstmWindow;
}

function unrollForward(math: CellMath, { z, kernel, state, window }: ForwardCall) {
  const trace: StepTrace[] = [];
  const outputs: tf.Tensor2D[] = [];
  let { h, c } = state;
  for (const [t, z0] of math.unstack(z).entries()) {
    const keep = keepAt(window, t);
    const hBefore = keep === null ? h : math.mul(h, keep);
    const cBefore = keep === null ? c : math.mul(c, keep);
    const [zi, zg, zf, zo] = math.splitGates(math.add(z0, math.product(hBefore, kernel)));
    const i = math.sigmoid(zi);
    const g = math.tanh(zg);
    const f = math.sigmoid(zf);
    const o = math.sigmoid(zo);
    c = math.add(math.mul(f, cBefore), math.mul(i, g));
    const tanhC = math.tanh(c);
    h = math.mul(o, tanhC);
    outputs.push(h);
    trace.push({ i, g, f, o, c, tanhC, cBefore, hBefore });
  }
  return { h: math.stack(outputs), last: { h, c }, trace };
}

interface BackwardCall {
  /** ∂loss/∂h of every step from above, [T, B, H] */
  readonly dh: tf.Tensor3D;
  /** The kernel and every step's trace, as saved by the forward pass. */
  readonly saved: readonly tf.Tensor2D[];
  readonly window: LstmWindow;
}

/** Truncated BPTT inside the window: gradients of the projected input [T, B, 4H] and of the recurrent kernel [H, 4H]. */
function unrollBackward(math: CellMath, { dh, saved, window }: BackwardCall): tf.Tensor[] {
  const kernel = saved[0] as tf.Tensor2D;
  const H = kernel.shape[0];
  const transposed = tf.transpose(kernel); // [4H, H]
  const fromAbove = math.unstack(dh);
  const T = fromAbove.length;
  const dz = new Array<tf.Tensor2D>(T);
  const hBefore = new Array<tf.Tensor2D>(T);
  let dhLater: tf.Tensor2D | null = null;
  let dc = tf.zeros<tf.Rank.R2>([window.laneCount, H]);
  const cellGradient = math.cellGradient(window.laneCount, H);
  for (let t = T - 1; t >= 0; t--) {
    const step = traceOf(saved, t);
    const dhHere: tf.Tensor2D =
      dhLater === null ? (fromAbove[t] as tf.Tensor2D) : math.add(fromAbove[t] as tf.Tensor2D, dhLater);
    const cell = cellGradient(step, { dc, dh: dhHere });
    dz[t] = cell.dz;
    hBefore[t] = step.hBefore;
    if (t > 0) {
      const keep = keepAt(window, t);
      const dhBefore = math.product(cell.dz, transposed);
      dhLater = keep === null ? dhBefore : math.mul(dhBefore, keep);
      dc = keep === null ? cell.dcBefore : math.mul(cell.dcBefore, keep);
    }
  }
  const dzAll = math.stack(dz); // [T, B, 4H]
  const rows = T * window.laneCount;
  const hAll = tf.reshape(math.stack(hBefore), [rows, H]);
  const dKernel = tf.matMul(hAll, tf.reshape(dzAll, [rows, 4 * H]), true); // [H, 4H]
  return [dzAll, dKernel];
}

function traceTensors(step: StepTrace): tf.Tensor2D[] {
  return [step.i, step.g, step.f, step.o, step.c, step.tanhC, step.cBefore, step.hBefore];
}

function traceOf(saved: readonly tf.Tensor2D[], t: number): StepTrace {
  const at = 1 + t * TENSORS_A_STEP;
  const [i, g, f, o, c, tanhC, cBefore, hBefore] = saved.slice(at, at + TENSORS_A_STEP) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { i, g, f, o, c, tanhC, cBefore, hBefore };
}
