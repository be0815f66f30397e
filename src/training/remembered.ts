import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../base/errors.ts";

/** Zeros in the shape of a parameter, not trained themselves; the caller owns them. */
export function zerosLike(parameter: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(parameter), false));
}

/** Puts zeros into a variable. */
export function clearValues(variable: tf.Variable): void {
  tf.tidy(() => {
    variable.assign(tf.zerosLike(variable));
  });
}

/** Puts saved values into a variable; throws `LmError("modelMismatch")` where their number is another. @param values copied */
export function assignValues(variable: tf.Variable, values: Float32Array | undefined, name: string): void {
  if (values?.length !== variable.size) {
    throw new LmError(
      "modelMismatch",
      `The saved optimizer state of ${name} does not fit the model; train without resuming.`,
    );
  }
  tf.tidy(() => {
    variable.assign(tf.tensor(values.slice(), variable.shape, "float32"));
  });
}
