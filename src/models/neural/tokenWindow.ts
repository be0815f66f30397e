import * as tf from "@tensorflow/tfjs-core";

/** The tokens that a window reads, each once: what depends on the token alone is computed once for all its places. */
export interface TokenWindow {
  /** int32 [U], distinct, in the order of their first place */
  readonly distinct: tf.Tensor1D;
  /** int32 [T·B], time-major: the index in `distinct` of the token at each place */
  readonly places: tf.Tensor1D;
}

/** @param ids [T·B], time-major; the caller disposes the tensors, by `tf.tidy` for instance */
export function createTokenWindow(ids: Int32Array): TokenWindow {
  const indexOf = new Map<number, number>();
  const places = ids.map((id) => {
    const known = indexOf.get(id);
    const index = known ?? indexOf.size;
    if (known === undefined) {
      indexOf.set(id, index);
    }
    return index;
  });
  return {
    distinct: tf.tensor1d(Int32Array.from(indexOf.keys()), "int32"),
    places: tf.tensor1d(places, "int32"),
  };
}
