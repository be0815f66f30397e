import * as tf from "@tensorflow/tfjs-core";
import type { LossScale } from "./lossScale.ts";
import type { OpAttribute, TensorflowOps } from "./tensorflowOps.ts";

/** In what numbers cuDNN computes a layer; those outside of it are float32. */
export interface CudnnPrecision {
  readonly type: "float32" | "float16";
  /** What gradients are multiplied by within; 1 where they cannot get lost. */
  readonly gradientScale: number;
  /** A float32 tensor in these numbers. */
  readonly enter: <T extends tf.Tensor>(x: T) => T;
  /** A tensor of these numbers in float32. */
  readonly leave: <T extends tf.Tensor>(x: T) => T;
}

/** Everything as it is. */
export const float32Precision: CudnnPrecision = {
  type: "float32",
  gradientScale: 1,
  enter: (x) => x,
  leave: (x) => x,
};

/** Half as many bytes, and the products of tensor cores; gradients are kept in its range by `lossScale`. */
export function float16Precision(ops: TensorflowOps, lossScale: Pick<LossScale, "value">): CudnnPrecision {
  const cast =
    (from: "float32" | "float16", to: "float32" | "float16") =>
    <T extends tf.Tensor>(x: T): T =>
      ops.run("Cast", { attributes: castAttributes(from, to), inputs: [x] }) as T;
  return {
    type: "float16",
    get gradientScale() {
      return lossScale.value;
    },
    enter: cast("float32", "float16"),
    leave: cast("float16", "float32"),
  };
}

function castAttributes(from: "float32" | "float16", to: "float32" | "float16"): Readonly<Record<string, OpAttribute>> {
  return { SrcT: { type: from }, DstT: { type: to }, Truncate: { bool: false } };
}

/** x · factor, x itself where that changes nothing. */
export function scaled<T extends tf.Tensor>(x: T, factor: number): T {
  return factor === 1 ? x : tf.mul<T>(x, factor);
}
