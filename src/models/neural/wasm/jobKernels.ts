import * as tf from "@tensorflow/tfjs-core";
import type { SharedBackend } from "./sharedBackend.ts";
import type { SharedKernel } from "./sharedKernel.ts";
import type { JobName } from "./trainerModule.ts";

/** Values, and multiplications of a product, that are worth waking a thread for. */
const FEWEST_VALUES = 16_384;
const FEWEST_PRODUCTS = 500_000;

/** Kernels of tfjs that are jobs of ours. */
export const jobKernels: Readonly<Record<string, SharedKernel>> = {
  [tf.BatchMatMul]: (backend, { inputs, attrs }) => {
    const { a, b } = inputs as { readonly a: tf.Tensor; readonly b: tf.Tensor };
    const { transposeA, transposeB } = attrs as { readonly transposeA: boolean; readonly transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      return null;
    }
    return multiplyBatch(backend, factor(a, { isTransposed: transposeA }), factor(b, { isTransposed: transposeB }));
  },
  [tf.Sigmoid]: unary("sigmoid"),
  [tf.Tanh]: unary("tanh"),
};

function unary(job: Extract<JobName, "sigmoid" | "tanh">): SharedKernel {
  return (backend, { inputs }) => {
    const { x } = inputs as { readonly x: tf.Tensor };
    if (x.dtype !== "float32") {
      return null;
    }
    const { tensor, at } = backend.create(x.shape);
    backend.run(job, backend.partsFor(tensor.size, FEWEST_VALUES), [tensor.size, backend.place(x), at]);
    return tensor;
  };
}

/** A batch of matrices, read as they are or transposed. */
interface Factor {
  readonly tensor: tf.TensorInfo;
  /** The axes before the matrices'. */
  readonly batch: number[];
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** In bytes: from a row to the next, from a column, and from a matrix. */
  readonly strides: readonly [number, number];
  readonly bytes: number;
}

function factor(tensor: tf.TensorInfo, { isTransposed }: { readonly isTransposed: boolean }): Factor {
  const [height, width] = tensor.shape.slice(-2) as [number, number];
  const batch = tensor.shape.slice(0, -2);
  return {
    tensor,
    batch,
    count: tf.util.sizeFromShape(batch),
    rows: isTransposed ? width : height,
    columns: isTransposed ? height : width,
    strides: isTransposed ? [4, width * 4] : [width * 4, 4],
    bytes: height * width * 4,
  };
}

function multiplyBatch(backend: SharedBackend, a: Factor, b: Factor): tf.TensorInfo {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.batch, b.batch);
  const count = tf.util.sizeFromShape(batch);
  const isWhole = [a, b].every((each) => each.count === count || each.count === 1);
  if (a.columns !== b.rows || !isWhole) {
    throw new RangeError(
      `Expected matrices that can be multiplied, got ${a.rows}×${a.columns} and ${b.rows}×${b.columns}`,
    );
  }
  const { tensor, at } = backend.create([...batch, a.rows, b.columns] as tf.ShapeMap[tf.Rank]);
  backend.heap.floats(at, tensor.size).fill(0);
  const parts = backend.partsFor(a.rows * a.columns * b.columns, FEWEST_PRODUCTS);
  const [firstA, firstB] = [backend.place(a.tensor), backend.place(b.tensor)];
  backend.withScratch([parts * backend.sizes.productScratch(b.columns)], ([scratch]) => {
    for (let index = 0; index < count; index++) {
      const aAt = firstA + (a.count === 1 ? 0 : index * a.bytes);
      const bAt = firstB + (b.count === 1 ? 0 : index * b.bytes);
      const out = at + index * a.rows * b.columns * 4;
      const shape = [a.rows, a.columns, b.columns];
      backend.run("addProduct", parts, [...shape, aAt, ...a.strides, bAt, ...b.strides, out, scratch]);
    }
  });
  return tensor;
}
