import type { Tensor } from "@tensorflow/tfjs-core";

/** A TensorFlow op attribute, tagged with its kind. */
export type OpAttribute =
  | { readonly type: "float32" | "int32" | "float16" }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string };

export interface OpCall {
  readonly attributes?: Readonly<Record<string, OpAttribute>>;
  /** Borrowed. */
  readonly inputs: readonly Tensor[];
}

/**
 * Any TensorFlow op by its name in the op registry: what tfjs has no function for. An output of a type that tfjs has not (float16, 8-bit integers) is a tensor that calls itself
 * float32 or int32; only an op of its true type can read it, of which `Cast` is one.
 */
export interface TensorflowOps {
  /** The op's only output, or the first of several; the caller owns it. Throws where TensorFlow refuses the call. */
  run(op: string, call: OpCall): Tensor;
  /** The op's first `outputCount` outputs; the caller owns them. */
  runMany(op: string, call: OpCall & { readonly outputCount: number }): readonly Tensor[];
}
