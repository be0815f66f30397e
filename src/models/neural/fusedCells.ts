import * as tf from "@tensorflow/tfjs-core";
import type { CellOps, FusedOps } from "./fusedOps.ts";
import type { CellKernels, GruCall, RnnCall, RnnResult } from "./neuralKernels.ts";

type Products = Pick<FusedOps, "multiply" | "scatterRows" | "sumRows">;

/** The other cells over ops that take a whole window at once; the equations are those of `elmanLayer` and `gruLayer`. */
export function createFusedCells(ops: Products, cells: CellOps): CellKernels {
  return {
    rnn: (call) => rnn(ops, cells, call),
    gru: (call) => gru(ops, cells, call),
  };
}

function rnn(ops: Products, cells: CellOps, call: RnnCall): RnnResult {
  const { ids, window } = call;
  let state: tf.Tensor2D | undefined;
  const sequence = tf.customGrad<tf.Tensor>((...args) => {
    const [rows, kernel, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const forward = cells.rnn({ ...call, rows, kernel });
    state = tf.keep(forward.last);
    save([rows, kernel, forward.h, forward.hBefore]);
    return {
      value: forward.h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [oldRows, weights, h, hBefore] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor3D, tf.Tensor2D];
        const dz = cells.rnnGradient({ dh: dy as tf.Tensor3D, kernel: weights, h, keep: window.keep });
        return [
          ids === null ? dz : ops.scatterRows(dz, ids, oldRows),
          ops.multiply(hBefore, dz, { isFirstTransposed: true }),
        ];
      },
    };
  });
  const h = sequence(call.rows, call.kernel) as tf.Tensor3D;
  return { h, state: state as unknown as tf.Tensor2D };
}

function gru(ops: Products, cells: CellOps, call: GruCall): RnnResult {
  const { ids, window } = call;
  const H = call.kernel.shape[0];
  let state: tf.Tensor2D | undefined;
  const sequence = tf.customGrad<tf.Tensor>((...args) => {
    const [rows, kernel, stateBias, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const forward = cells.gru({ ...call, rows, kernel, stateBias });
    state = tf.keep(forward.last);
    save([rows, kernel, forward.gates, forward.hBefore]);
    return {
      value: forward.h,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [oldRows, weights, gates, hBefore] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor3D, tf.Tensor2D];
        const { dx, ds } = cells.gruGradient({
          dh: dy as tf.Tensor3D,
          kernel: weights,
          gates,
          hBefore,
          keep: window.keep,
        });
        return [
          ids === null ? dx : ops.scatterRows(dx, ids, oldRows),
          ops.multiply(hBefore, ds, { isFirstTransposed: true }),
          tf.slice(ops.sumRows(ds), [2 * H], [H]),
        ];
      },
    };
  });
  const h = sequence(call.rows, call.kernel, call.stateBias) as tf.Tensor3D;
  return { h, state: state as unknown as tf.Tensor2D };
}
