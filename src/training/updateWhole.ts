import * as tf from "@tensorflow/tfjs-core";

/** A variable, and what it is to become. */
export type Assignment = [variable: tf.Variable, next: tf.Tensor];

/**
 * Changes variables only once all that they become is computed: where one cannot be, as when memory ends, none has changed.
 * @param compute what it makes is freed here, on its way and in the end
 */
export function updateWhole<T>(parts: Iterable<T>, compute: (part: T) => Assignment[]): void {
  const assignments: Assignment[] = [];
  try {
    for (const part of parts) {
      assignments.push(...tf.tidy(() => compute(part)));
    }
    for (const [variable, next] of assignments) {
      variable.assign(next);
    }
  } finally {
    tf.dispose(assignments.map(([, next]) => next));
  }
}
