import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { SharedHeap } from "./sharedHeap.ts";
import { type JobName, JOBS, type TrainerSizes } from "./trainerModule.ts";
import type { WorkCrew } from "./workCrew.ts";

/** A tensor, and the byte offset of its values in the shared memory. */
export interface PlacedTensor<T extends tf.Tensor> {
  readonly tensor: T;
  readonly at: number;
}

interface Place {
  readonly at: number;
  readonly values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/**
 * tfjs's plain JavaScript backend, whose tensors move into shared memory when our own jobs first meet them, and stay there:
 * what those jobs make is there from the start, and nothing is copied between one of them and the next.
 */
export class SharedBackend extends MathBackendCPU {
  public readonly heap: SharedHeap;
  public readonly sizes: TrainerSizes;
  readonly #crew: WorkCrew;
  readonly #places = new Map<object, Place>();

  public constructor(heap: SharedHeap, crew: WorkCrew, sizes: TrainerSizes) {
    super();
    this.heap = heap;
    this.sizes = sizes;
    this.#crew = crew;
  }

  /** Runs a job of `assembly/trainer.ts`. @param given its arguments behind the part and their number */
  public run(job: JobName, parts: number, given: readonly number[]): void {
    this.#crew.run(JOBS.indexOf(job), parts, given);
  }

  /** Into how many parts to cut so much work. @param least what is worth a part */
  public partsFor(amount: number, least: number): number {
    return Math.max(1, Math.min(this.#crew.threadCount, Math.ceil(amount / least)));
  }

  /** Byte offset of a tensor's values, float32 or int32, in the shared memory; it stays as long as the tensor. */
  public place({ dataId }: tf.TensorInfo): number {
    const data = this.data.get(dataId);
    const known = this.#places.get(dataId);
    if (known !== undefined && known.values === data.values) {
      return known.at;
    }
    const given = super.readSync(dataId) as tf.TypedArray;
    const place = this.#newPlace(given.length, data.dtype === "int32" ? "int32" : "float32");
    place.values.set(given);
    this.#forget(dataId);
    data.values = place.values;
    this.#places.set(dataId, place);
    return place.at;
  }

  /** A float32 tensor's values, wherever they are; to be read before the tensor goes. */
  public valuesOf({ dataId }: tf.TensorInfo): Float32Array {
    return super.readSync(dataId) as Float32Array;
  }

  /** Where ids lie, each of which has to be in [0, limit): a job would read or write elsewhere. */
  public placeIds(ids: tf.Tensor1D, limit: number): number {
    const at = this.place(ids);
    if (this.heap.ints(at, ids.size).some((id) => id < 0 || id >= limit)) {
      throw new RangeError(`Expected ids in [0, ${limit})`);
    }
    return at;
  }

  /** A float32 tensor whose values are not set yet; the caller owns it. */
  public create<R extends tf.Rank>(shape: tf.ShapeMap[R]): PlacedTensor<tf.Tensor<R>> {
    const place = this.#newPlace(tf.util.sizeFromShape(shape), "float32");
    const dataId = super.write(place.values, shape, "float32");
    this.#places.set(dataId, place);
    const tensor = tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: "float32" }) as tf.Tensor<R>;
    return { tensor, at: place.at };
  }

  /** Lends blocks of so many bytes each. */
  public withScratch<T, const S extends readonly number[]>(
    bytes: S,
    work: (places: { readonly [K in keyof S]: number }) => T,
  ): T {
    const places: number[] = [];
    try {
      for (const size of bytes) {
        places.push(this.heap.allocate(size));
      }
      return work(places as unknown as { readonly [K in keyof S]: number });
    } finally {
      for (const place of places) {
        this.heap.release(place);
      }
    }
  }

  /** A copy of what lies in shared memory: a view of it would change when the tensor is gone. */
  public override readSync(dataId: object): tf.backend_util.BackendValues {
    return unshared(super.readSync(dataId));
  }

  /** A part of a tensor, as the plain backend makes it, is a view of the whole, which may be gone before it. */
  public override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    return super.write(unshared(values), shape, dtype);
  }

  public override disposeData(dataId: object, force = false): boolean {
    const isGone = super.disposeData(dataId, force);
    if (isGone) {
      this.#forget(dataId);
    }
    return isGone;
  }

  #newPlace(count: number, dtype: "float32" | "int32"): Place {
    const at = this.heap.allocate(count * 4);
    return { at, values: dtype === "int32" ? this.heap.ints(at, count) : this.heap.floats(at, count) };
  }

  #forget(dataId: object): void {
    const place = this.#places.get(dataId);
    if (place !== undefined) {
      this.#places.delete(dataId);
      this.heap.release(place.at);
    }
  }
}

function unshared(values: tf.backend_util.BackendValues): tf.backend_util.BackendValues {
  return ArrayBuffer.isView(values) && values.buffer instanceof SharedArrayBuffer ? values.slice() : values;
}
