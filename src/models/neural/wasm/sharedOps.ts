import * as tf from "@tensorflow/tfjs-core";
import {
  type FusedOps,
  type MultiplyOptions,
  type RecurrenceCall,
  type RecurrenceGradientCall,
  type RecurrenceResult,
  separateWeightGradients,
  type SoftmaxLossResult,
} from "../fusedOps.ts";
import type { AdamCall, AdamResult, CrossEntropyCall, SoftmaxLossCall } from "../neuralKernels.ts";
import type { SharedBackend } from "./sharedBackend.ts";

/** Lanes that a thread takes, as in `assembly/training/lstm.ts`. */
const FEWEST_LANES = 4;
/** Rows of a softmax, and values of anything else, that are worth waking a thread for. */
const FEWEST_ROWS = 16;
const FEWEST_VALUES = 16_384;
/** Multiplications of a product that are worth waking a thread for. */
const FEWEST_PRODUCTS = 500_000;

/** The ops in WebAssembly SIMD, over tensors of a `SharedBackend`, shared among threads. */
export function createSharedOps(backend: SharedBackend): FusedOps {
  const product: FusedOps["multiply"] = (a, b, options) => multiply(backend, { a, b, ...options });
  const sums: FusedOps["sumRows"] = (x) => sumRows(backend, x);
  return {
    multiply: product,
    pickRows: (table, ids) => pickRows(backend, table, ids),
    scatterRows: (x, ids, like) => scatterRows(backend, { x, ids, like }),
    sumRows: sums,
    weightGradients: (call) => separateWeightGradients({ multiply: product, sumRows: sums }, call),
    recurrence: (call) => recurrence(backend, call),
    recurrenceGradient: (call) => recurrenceGradient(backend, call),
    crossEntropy: (call) => crossEntropy(backend, call),
    crossEntropyGradient: (call) => crossEntropyGradient(backend, call),
    softmaxLoss: (call) => softmaxLoss(backend, call),
    cells: null,
    adam: (call) => adam(backend, call),
    sumOfSquares: (x) => sumOfSquares(backend, x),
  };
}

/** Where a matrix lies, and the bytes from one of its rows and columns to the next. */
function strided(backend: SharedBackend, x: tf.Tensor2D, { isTransposed }: { readonly isTransposed: boolean }) {
  const at = backend.place(x);
  const [rows, columns] = x.shape;
  return isTransposed
    ? { at, rows: columns, columns: rows, strides: [4, columns * 4] as const }
    : { at, rows, columns, strides: [columns * 4, 4] as const };
}

function multiply(
  backend: SharedBackend,
  call: MultiplyOptions & { readonly a: tf.Tensor2D; readonly b: tf.Tensor2D },
): tf.Tensor2D {
  const { sizes } = backend;
  const a = strided(backend, call.a, { isTransposed: call.isFirstTransposed === true });
  const b = strided(backend, call.b, { isTransposed: call.isSecondTransposed === true });
  if (a.columns !== b.rows) {
    throw new RangeError(`Expected as many rows as columns, got [${a.rows}, ${a.columns}] · [${b.rows}, ${b.columns}]`);
  }
  const { tensor, at } = backend.create<tf.Rank.R2>([a.rows, b.columns]);
  if (call.bias === undefined) {
    backend.heap.floats(at, a.rows * b.columns).fill(0);
  } else {
    backend.run("repeatRow", 1, [a.rows, b.columns, backend.place(call.bias), at]);
  }
  const parts = backend.partsFor(a.rows * a.columns * b.columns, FEWEST_PRODUCTS);
  backend.withScratch([parts * sizes.productScratch(b.columns)], ([scratch]) => {
    const sizesOfAll = [a.rows, a.columns, b.columns];
    backend.run("addProduct", parts, [...sizesOfAll, a.at, ...a.strides, b.at, ...b.strides, at, scratch]);
  });
  return tensor;
}

function pickRows(backend: SharedBackend, table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [limit, columns] = table.shape;
  const places = backend.placeIds(ids, limit);
  const { tensor, at } = backend.create<tf.Rank.R2>([ids.size, columns]);
  const parts = backend.partsFor(tensor.size, FEWEST_VALUES);
  backend.run("pickRows", parts, [ids.size, columns, backend.place(table), places, at]);
  return tensor;
}

function scatterRows(
  backend: SharedBackend,
  { x, ids, like }: { readonly x: tf.Tensor2D; readonly ids: tf.Tensor1D; readonly like: tf.Tensor2D },
): tf.Tensor2D {
  const [outRows, columns] = [like.shape[0], x.shape[1]];
  const places = backend.placeIds(ids, outRows);
  const { tensor, at } = backend.create<tf.Rank.R2>([outRows, columns]);
  const parts = backend.partsFor(x.size + tensor.size, FEWEST_VALUES);
  backend.run("scatterRows", parts, [ids.size, columns, outRows, backend.place(x), places, at]);
  return tensor;
}

function sumRows(backend: SharedBackend, x: tf.Tensor2D): tf.Tensor1D {
  const [rows, columns] = x.shape;
  const { tensor, at } = backend.create<tf.Rank.R1>([columns]);
  backend.run("sumRows", backend.partsFor(x.size, FEWEST_VALUES), [rows, columns, backend.place(x), at]);
  return tensor;
}

function recurrence(backend: SharedBackend, { rows, ids, kernel, state, keep }: RecurrenceCall): RecurrenceResult {
  const { heap, sizes } = backend;
  const [T, B] = keep.shape;
  const H = kernel.shape[0];
  const picked = ids === null ? 0 : backend.placeIds(ids, rows.shape[0]);
  const h = backend.create<tf.Rank.R3>([T, B, H]);
  const c = backend.create<tf.Rank.R3>([T, B, H]);
  const gates = backend.create<tf.Rank.R3>([T, B, 4 * H]);
  const hBefore = backend.create<tf.Rank.R2>([T * B, H]);
  const parts = backend.partsFor(B, FEWEST_LANES);
  backend.withScratch([sizes.packedBytes(H, 4 * H), parts * sizes.lstmScratch(B)], ([packed, scratch]) => {
    backend.run("packMatrix", parts, [backend.place(kernel), 16 * H, 4, H, 4 * H, packed]);
    const given = [backend.place(rows), picked, packed, backend.place(state.h), backend.place(state.c)];
    const made = [h.at, c.at, gates.at, hBefore.at];
    backend.run("lstmForward", parts, [T, B, H, ...given, backend.place(keep), ...made, scratch]);
  });
  const lastOf = (all: number): tf.Tensor2D => {
    const { tensor, at } = backend.create<tf.Rank.R2>([B, H]);
    heap.floats(at, B * H).set(heap.floats(all + (T - 1) * B * H * 4, B * H));
    return tensor;
  };
  const last = { h: lastOf(h.at), c: lastOf(c.at) };
  return { h: h.tensor, last, gates: gates.tensor, c: c.tensor, hBefore: hBefore.tensor };
}

function recurrenceGradient(
  backend: SharedBackend,
  { dh, kernel, gates, c, firstC, keep }: RecurrenceGradientCall,
): tf.Tensor2D {
  const { sizes } = backend;
  const [T, B, H] = dh.shape;
  const { tensor, at } = backend.create<tf.Rank.R2>([T * B, 4 * H]);
  const parts = backend.partsFor(B, FEWEST_LANES);
  backend.withScratch([sizes.packedBytes(4 * H, H), parts * sizes.lstmGradientScratch(B, H)], ([packed, scratch]) => {
    backend.run("packMatrix", parts, [backend.place(kernel), 4, 16 * H, 4 * H, H, packed]);
    const given = [gates, c, firstC, keep].map((x) => backend.place(x));
    backend.run("lstmBackward", parts, [T, B, H, backend.place(dh), packed, ...given, at, scratch]);
  });
  return tensor;
}

function crossEntropy(
  backend: SharedBackend,
  { logits, targets }: CrossEntropyCall,
): { readonly nats: tf.Tensor1D; readonly logSums: tf.Tensor1D } {
  const [N, V] = logits.shape;
  const wanted = backend.placeIds(targets, V);
  const nats = backend.create<tf.Rank.R1>([N]);
  const logSums = backend.create<tf.Rank.R1>([N]);
  const parts = backend.partsFor(N, FEWEST_ROWS);
  backend.withScratch([parts * V * 4], ([scratch]) => {
    backend.run("crossEntropy", parts, [N, V, backend.place(logits), wanted, nats.at, logSums.at, scratch]);
  });
  return { nats: nats.tensor, logSums: logSums.tensor };
}

function crossEntropyGradient(
  backend: SharedBackend,
  { logits, targets, logSums, dy }: Parameters<FusedOps["crossEntropyGradient"]>[0],
): tf.Tensor2D {
  const [N, V] = logits.shape;
  const { tensor, at } = backend.create<tf.Rank.R2>([N, V]);
  const given = [logits, targets, logSums, dy].map((x) => backend.place(x));
  backend.run("crossEntropyGradient", backend.partsFor(N, FEWEST_ROWS), [N, V, ...given, at]);
  return tensor;
}

function softmaxLoss(
  backend: SharedBackend,
  { rows, embedding, bias, targets, weights }: SoftmaxLossCall,
): SoftmaxLossResult {
  const { heap, sizes } = backend;
  const [N, H] = rows.shape;
  const V = embedding.shape[0];
  const wanted = backend.placeIds(targets, V);
  const table = backend.place(embedding);
  const dRows = backend.create<tf.Rank.R2>([N, H]);
  const dEmbedding = backend.create<tf.Rank.R2>([V, H]);
  const dBias = backend.create<tf.Rank.R1>([V]);
  const parts = backend.partsFor(N, FEWEST_ROWS);
  const count = V * H + V;
  const packedBytes = [sizes.packedBytes(H, V), sizes.packedBytes(V, H)] as const;
  const bytes = [...packedBytes, parts * 8, parts * count * 4, parts * sizes.softmaxScratch(H, V)] as const;
  const nats = backend.withScratch(bytes, ([packedTransposed, packed, losses, sums, scratch]) => {
    backend.run("packMatrix", parts, [table, 4, 4 * H, H, V, packedTransposed]);
    backend.run("packMatrix", parts, [table, 4 * H, 4, V, H, packed]);
    const given = [rows, bias].map((x) => backend.place(x));
    const all = [N, H, V, ...given, wanted, backend.place(weights), packedTransposed, packed];
    backend.run("softmaxLoss", parts, [...all, losses, dRows.at, sums, scratch]);
    backend.run("sumParts", backend.partsFor(count, FEWEST_VALUES), [count, parts, sums]);
    heap.floats(dEmbedding.at, V * H).set(heap.floats(sums, V * H));
    heap.floats(dBias.at, V).set(heap.floats(sums + V * H * 4, V));
    return heap.doubles(losses, parts).reduce((sum, part) => sum + part, 0);
  });
  return { nats: tf.scalar(nats), slopes: [dRows.tensor, dEmbedding.tensor, dBias.tensor] };
}

function adam(backend: SharedBackend, call: AdamCall): AdamResult {
  const { shape, size } = call.parameter;
  const parameter = backend.create(shape);
  const m = backend.create(shape);
  const v = backend.create(shape);
  const given = [call.parameter, call.m, call.v, call.gradient].map((x) => backend.place(x));
  const { gradientScale, rate, kept, beta1, beta2, epsilon } = call;
  const numbers = [gradientScale, rate, kept, beta1, beta2, epsilon];
  const parts = backend.partsFor(size, FEWEST_VALUES);
  backend.run("adam", parts, [size, ...given, parameter.at, m.at, v.at, ...numbers]);
  return { parameter: parameter.tensor, m: m.tensor, v: v.tensor };
}

function sumOfSquares(backend: SharedBackend, x: tf.Tensor2D | tf.Tensor1D): tf.Scalar {
  const parts = backend.partsFor(x.size, FEWEST_VALUES);
  return backend.withScratch([parts * 8], ([sums]) => {
    backend.run("sumSquares", parts, [x.size, backend.place(x), sums]);
    return tf.scalar(backend.heap.doubles(sums, parts).reduce((sum, part) => sum + part, 0));
  });
}
