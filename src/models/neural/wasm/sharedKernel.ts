import type { NamedAttrMap, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { SharedBackend } from "./sharedBackend.ts";

/** What tfjs gives a kernel. */
export interface SharedKernelCall {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: NamedAttrMap | undefined;
}

/** A kernel of tfjs over a `SharedBackend`; null where plain JavaScript is to do it, for other types than float32. */
export type SharedKernel = (backend: SharedBackend, call: SharedKernelCall) => TensorInfo | TensorInfo[] | null;
