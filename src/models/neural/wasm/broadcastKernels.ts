import * as tf from "@tensorflow/tfjs-core";
import type { SharedBackend } from "./sharedBackend.ts";
import type { SharedKernel } from "./sharedKernel.ts";
import { broadcastStrides, forEachRow } from "./stridedRows.ts";

/** Sums, differences, products and quotients of the elements of two tensors, the smaller one repeated as tfjs does. */
export const broadcastKernels: Readonly<Record<string, SharedKernel>> = {
  [tf.Add]: elementwise((call) => {
    const { a, b, out, size, aStride, bStride } = call;
    return (aAt, bAt, outAt) => {
      for (let i = 0; i < size; i++) {
        out[outAt + i] = (a[aAt + i * aStride] as number) + (b[bAt + i * bStride] as number);
      }
    };
  }),
  [tf.Sub]: elementwise((call) => {
    const { a, b, out, size, aStride, bStride } = call;
    return (aAt, bAt, outAt) => {
      for (let i = 0; i < size; i++) {
        out[outAt + i] = (a[aAt + i * aStride] as number) - (b[bAt + i * bStride] as number);
      }
    };
  }),
  [tf.Multiply]: elementwise((call) => {
    const { a, b, out, size, aStride, bStride } = call;
    return (aAt, bAt, outAt) => {
      for (let i = 0; i < size; i++) {
        out[outAt + i] = (a[aAt + i * aStride] as number) * (b[bAt + i * bStride] as number);
      }
    };
  }),
  [tf.RealDiv]: elementwise((call) => {
    const { a, b, out, size, aStride, bStride } = call;
    return (aAt, bAt, outAt) => {
      for (let i = 0; i < size; i++) {
        out[outAt + i] = (a[aAt + i * aStride] as number) / (b[bAt + i * bStride] as number);
      }
    };
  }),
};

interface RowCall {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly out: Float32Array;
  /** Elements of a row, and how far apart they are: 0 or 1. */
  readonly size: number;
  readonly aStride: number;
  readonly bStride: number;
}

/** A loop of its own for each operation, so that it is compiled for it. */
type Loop = (call: RowCall) => (aAt: number, bAt: number, outAt: number) => void;

function elementwise(loop: Loop): SharedKernel {
  return (backend, { inputs }) => {
    const { a, b } = inputs as { readonly a: tf.Tensor; readonly b: tf.Tensor };
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      return null;
    }
    return combine(backend, loop, { a, b });
  };
}

function combine(
  backend: SharedBackend,
  loop: Loop,
  { a, b }: { readonly a: tf.Tensor; readonly b: tf.Tensor },
): tf.TensorInfo {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const { tensor, at } = backend.create(shape);
  const out = backend.heap.floats(at, tensor.size);
  const values = { a: backend.valuesOf(a), b: backend.valuesOf(b), out };
  if (tf.util.arraysEqual(a.shape, b.shape)) {
    loop({ ...values, size: out.length, aStride: 1, bStride: 1 })(0, 0, 0);
    return tensor;
  }
  const whole = shape.length === 0 ? [1] : shape;
  const first = broadcastStrides(a.shape, whole);
  const second = broadcastStrides(b.shape, whole);
  const size = whole.at(-1) as number;
  const work = loop({ ...values, size, aStride: first.at(-1) as number, bStride: second.at(-1) as number });
  let outAt = 0;
  forEachRow(whole, { first, second }, (aAt, bAt) => {
    work(aAt, bAt, outAt);
    outAt += size;
  });
  return tensor;
}
