import * as tf from "@tensorflow/tfjs-core";
import type { SharedBackend } from "./sharedBackend.ts";
import type { SharedKernel } from "./sharedKernel.ts";
import { denseStrides, forEachRow, type Strides } from "./stridedRows.ts";

/** Parts of tensors, turned ones, and sums along axes. */
export const layoutKernels: Readonly<Record<string, SharedKernel>> = {
  [tf.Slice]: (backend, { inputs, attrs }) => {
    const { x } = inputs as { readonly x: tf.Tensor };
    if (x.dtype !== "float32") {
      return null;
    }
    const { begin, size } = attrs as { readonly begin: number | number[]; readonly size: number | number[] };
    const [first, shape] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, first, shape);
    return slice(backend, x, { begin: first, shape });
  },
  [tf.SplitV]: (backend, { inputs, attrs }) => {
    const { x } = inputs as { readonly x: tf.Tensor };
    if (x.dtype !== "float32") {
      return null;
    }
    const { numOrSizeSplits, axis } = attrs as {
      readonly numOrSizeSplits: number | number[];
      readonly axis: number;
    };
    const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
    let from = 0;
    return tf.backend_util.prepareSplitSize(x, numOrSizeSplits, along).map((size) => {
      const begin = x.shape.map((_, index) => (index === along ? from : 0));
      from += size;
      return slice(backend, x, { begin, shape: x.shape.map((whole, index) => (index === along ? size : whole)) });
    });
  },
  [tf.Transpose]: (backend, { inputs, attrs }) => {
    const { x } = inputs as { readonly x: tf.Tensor };
    const { perm } = attrs as { readonly perm: readonly number[] };
    if (x.dtype !== "float32" || perm.length === 0) {
      return null;
    }
    const strides = denseStrides(x.shape);
    const shape = perm.map((axis) => x.shape[axis] as number);
    return gatherStrided(backend, x, { shape, strides: perm.map((axis) => strides[axis] as number), from: 0 });
  },
  [tf.Sum]: (backend, { inputs, attrs }) => {
    const { x } = inputs as { readonly x: tf.Tensor };
    if (x.dtype !== "float32" || x.shape.length === 0) {
      return null;
    }
    const { axis, keepDims } = attrs as { readonly axis: number | number[]; readonly keepDims: boolean };
    return sum(backend, x, { axes: tf.util.parseAxisParam(axis, x.shape), keepsAxes: keepDims });
  },
};

function slice(
  backend: SharedBackend,
  x: tf.TensorInfo,
  { begin, shape }: { readonly begin: readonly number[]; readonly shape: readonly number[] },
): tf.TensorInfo {
  const strides = denseStrides(x.shape);
  const from = begin.reduce((sum, index, axis) => sum + index * (strides[axis] as number), 0);
  return gatherStrided(backend, x, { shape, strides, from });
}

function gatherStrided(
  backend: SharedBackend,
  x: tf.TensorInfo,
  { shape, strides, from }: { readonly shape: readonly number[]; readonly strides: Strides; readonly from: number },
): tf.TensorInfo {
  const { tensor, at } = backend.create([...shape] as tf.ShapeMap[tf.Rank]);
  const out = backend.heap.floats(at, tensor.size);
  const values = backend.valuesOf(x);
  const size = shape.at(-1) ?? 1;
  const stride = strides.at(-1) ?? 1;
  forEachRow(shape, { first: strides, second: denseStrides(shape) }, (row, outAt) => {
    const begin = from + row;
    if (stride === 1) {
      out.set(values.subarray(begin, begin + size), outAt);
      return;
    }
    for (let i = 0; i < size; i++) {
      out[outAt + i] = values[begin + i * stride] as number;
    }
  });
  return tensor;
}

/** Adds the rows up in the order in which they lie, whatever the axes. */
function sum(
  backend: SharedBackend,
  x: tf.TensorInfo,
  { axes, keepsAxes }: { readonly axes: readonly number[]; readonly keepsAxes: boolean },
): tf.TensorInfo {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepsAxes ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const { tensor, at } = backend.create(shape);
  const out = backend.heap.floats(at, tensor.size);
  const values = backend.valuesOf(x);
  out.fill(0);
  const outStrides = denseStrides(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const size = x.shape.at(-1) as number;
  const isRowSummed = outStrides.at(-1) === 0;
  forEachRow(x.shape, { first: denseStrides(x.shape), second: outStrides }, (row, outAt) => {
    if (isRowSummed) {
      let total = 0;
      for (let i = 0; i < size; i++) {
        total += values[row + i] as number;
      }
      out[outAt] = (out[outAt] as number) + total;
      return;
    }
    for (let i = 0; i < size; i++) {
      out[outAt + i] = (out[outAt + i] as number) + (values[row + i] as number);
    }
  });
  return tensor;
}
