import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../../base/errors.ts";
import type { ParameterShape, WeightMap } from "./networkSpec.ts";

type Parameters = ReadonlyMap<string, tf.Variable>;

/** A copy of parameters as plain arrays. */
export function readParameters(parameters: Parameters): WeightMap {
  return new Map([...parameters].map(([name, variable]) => [name, Float32Array.from(variable.dataSync())]));
}

/** Replaces the values of all parameters; `weights` is copied. */
export function assignParameters(parameters: Parameters, weights: WeightMap): void {
  for (const [name, variable] of parameters) {
    const values = expectValues(weights.get(name), { name, shape: variable.shape });
    tf.tidy(() => {
      variable.assign(tf.tensor(values.slice(), variable.shape, "float32"));
    });
  }
}

/** Releases parameters. Twice is allowed. */
export function disposeParameters(parameters: Parameters): void {
  for (const variable of parameters.values()) {
    if (!variable.isDisposed) {
      variable.dispose();
    }
  }
}

/** Trainable variables with copies of the weights; throws `LmError("modelMismatch")` where one is missing or of another size. */
export function createParameters(shapes: readonly ParameterShape[], weights: WeightMap): Parameters {
  return new Map(
    shapes.map((named) => {
      const copy = expectValues(weights.get(named.name), named).slice();
      return [named.name, tf.tidy(() => tf.variable(tf.tensor(copy, [...named.shape], "float32"), true))];
    }),
  );
}

function expectValues(values: Float32Array | undefined, { name, shape }: ParameterShape): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length !== size) {
    const found = values === undefined ? "none" : `${values.length}`;
    throw new LmError(
      "modelMismatch",
      `Expected ${size} values for parameter ${name} of shape [${shape.join(", ")}], got ${found}.`,
    );
  }
  return values;
}
