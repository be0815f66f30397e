import * as tf from "@tensorflow/tfjs-core";

/**
 * Does some work; where it throws, what was kept meanwhile is freed. tfjs keeps what a backward pass is to read outside of all scopes and frees it at the end of one:
 * where memory runs out in between, that is most of the memory.
 */
export function freeOnFailure<T>(work: () => T): T {
  const engine = tf.engine();
  const kept: tf.Tensor[] = [];
  // The function itself, to be put back: a bound one would be bound again by every call.
  const keep = Reflect.get(engine, "keep");
  engine.keep = <T extends tf.Tensor>(tensor: T): T => {
    kept.push(tensor);
    return Reflect.apply<typeof engine, [T], T>(keep, engine, [tensor]);
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
