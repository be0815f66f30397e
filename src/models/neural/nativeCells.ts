import type * as tf from "@tensorflow/tfjs-core";
import type { CellOps } from "./fusedOps.ts";
import type { TensorflowOps } from "./tensorflowOps.ts";

/** The recurrences of `native/ops.cc` for cells other than the LSTM. @param noIds int32 [0] */
export function createNativeCells(ops: TensorflowOps, noIds: tf.Tensor1D): CellOps {
  return {
    rnn: ({ rows, ids, kernel, state, window }) => {
      const [h, last, hBefore] = ops.runMany("InklingRnn", {
        inputs: [rows, ids ?? noIds, kernel, state, window.keep],
        outputCount: 3,
      }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
      return { h, last, hBefore };
    },
    rnnGradient: ({ dh, kernel, h, keep }) =>
      ops.run("InklingRnnGrad", { inputs: [dh, kernel, h, keep] }) as tf.Tensor2D,
    gru: ({ rows, ids, kernel, stateBias, state, window }) => {
      const [h, last, gates, hBefore] = ops.runMany("InklingGru", {
        inputs: [rows, ids ?? noIds, kernel, stateBias, state, window.keep],
        outputCount: 4,
      }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor3D, tf.Tensor2D];
      return { h, last, gates, hBefore };
    },
    gruGradient: ({ dh, kernel, gates, hBefore, keep }) => {
      const [dx, ds] = ops.runMany("InklingGruGrad", {
        inputs: [dh, kernel, gates, hBefore, keep],
        outputCount: 2,
      }) as [tf.Tensor2D, tf.Tensor2D];
      return { dx, ds };
    },
  };
}
