import * as tf from "@tensorflow/tfjs-core";
import { broadcastKernels } from "./broadcastKernels.ts";
import { jobKernels } from "./jobKernels.ts";
import { layoutKernels } from "./layoutKernels.ts";
import { SharedBackend } from "./sharedBackend.ts";
import type { SharedKernel } from "./sharedKernel.ts";

/** The name under which tfjs knows the backend. */
export const SHARED_BACKEND = "inkling-wasm";

/** Kernels of tfjs that the plain JavaScript backend has only in slow forms, and that models use on whole windows. */
const OWN_KERNELS: Readonly<Record<string, SharedKernel>> = { ...broadcastKernels, ...jobKernels, ...layoutKernels };

/** Makes a backend in shared memory tfjs's current one; what is not in `OWN_KERNELS` is done by the plain JavaScript backend's. */
export async function registerShared(backend: SharedBackend): Promise<void> {
  if (tf.getKernelsForBackend(SHARED_BACKEND).length === 0) {
    registerKernels();
  }
  tf.registerBackend(SHARED_BACKEND, () => backend);
  if (!(await tf.setBackend(SHARED_BACKEND))) {
    throw new Error("tfjs refused the backend in shared memory");
  }
}

function registerKernels(): void {
  for (const kernel of tf.getKernelsForBackend("cpu")) {
    const own = OWN_KERNELS[kernel.kernelName];
    const kernelFunc = own === undefined ? kernel.kernelFunc : withFallback(own, kernel.kernelFunc);
    tf.registerKernel({ ...kernel, backendName: SHARED_BACKEND, kernelFunc });
  }
}

function withFallback(own: SharedKernel, plain: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { backend, attrs } = call;
    const inputs = call.inputs as unknown as Readonly<Record<string, tf.Tensor>>;
    return (backend instanceof SharedBackend ? own(backend, { inputs, attrs }) : null) ?? plain(call);
  };
}
