import * as tf from "@tensorflow/tfjs-core";

/**
 * Does some work; where it throws, what was kept meanwhile is freed. tfjs keeps what a backward pass is to read outside of all scopes and frees it at the end of one:
 * where memory runs out in between, that is most of the memory.
 */
export function freeOnFailure<T>(work: () => T): T {
  const engine = tf.engine();
  const kept: tf.Tensor[] = [];
  const keep = engine.keep.bind(engine);
  engine.keep = (tensor) => {
    kept.push(tensor);
    return keep(tensor);
  };
  try {
    return work();
  } catch (error) {
    tf.dispose(kept);
    throw error;
  } finally {
    engine.keep = keep;
  }
}
