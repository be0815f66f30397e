import { createCudnnLstm } from "../../src/models/neural/cudnnLstm.ts";
import { float16Precision } from "../../src/models/neural/cudnnPrecision.ts";
import { LossScale } from "../../src/models/neural/lossScale.ts";
import type { NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { CudnnOps } from "./cudnnOps.ts";

export const LARGEST_SCALE = 2 ** 24;

/** Kernels as a GPU has them, with an LSTM in float16 (in plain numbers), whose gradients are scaled so much that they overflow. */
export function overflowingKernels(): NeuralKernels & { readonly lossScale: LossScale } {
  const lossScale = new LossScale();
  while (lossScale.value < LARGEST_SCALE) {
    lossScale.noteSound();
  }
  const ops = new CudnnOps();
  const precision = float16Precision(ops, lossScale);
  return { ...portableKernels, lstmSequence: createCudnnLstm({ ops, precision }, portableKernels), lossScale };
}
