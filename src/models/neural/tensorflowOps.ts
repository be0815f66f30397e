import type { Tensor } from "@tensorflow/tfjs-core";

/** A TensorFlow op attribute, tagged with its kind. */
export type OpAttribute =
  | { readonly type: "float32" | "int32" }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string };

export interface OpCall {
  readonly attributes?: Readonly<Record<string, OpAttribute>>;
  /** Borrowed. */
  readonly inputs: readonly Tensor[];
}

/** Any TensorFlow op by its name in the op registry: what tfjs has no function for. */
export interface TensorflowOps {
  /** The op's only output, or the first of several; the caller owns it. Throws where TensorFlow refuses the call. */
  run(op: string, call: OpCall): Tensor;
  /** The op's first `outputCount` outputs; the caller owns them. */
  runMany(op: string, call: OpCall & { readonly outputCount: number }): readonly Tensor[];
}
