import * as tf from "@tensorflow/tfjs-core";

/** A variable, and what it is to become. */
export type Assignment = readonly [variable: tf.Variable, next: tf.Tensor];

/**
 * Changes variables only once all that they become is computed: where one cannot be, as when memory ends, none has changed.
 * @param compute gives tensors of the caller's, which are freed here
 */
export function updateWhole<T>(parts: Iterable<T>, compute: (part: T) => readonly Assignment[]): void {
  const assignments: Assignment[] = [];
  try {
    for (const part of parts) {
      assignments.push(...compute(part));
    }
    for (const [variable, next] of assignments) {
      variable.assign(next);
    }
  } finally {
    tf.dispose(assignments.map(([, next]) => next));
  }
}
