import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { freeOnFailure } from "../../../../src/models/neural/freeOnFailure.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";

describe("freeOnFailure", () => {
  before(usePlainBackend);

  it("frees what was kept where the work throws, and nothing where it does not", () => {
    const before = tf.memory().numTensors;
    const kept = freeOnFailure(() => tf.tidy(() => tf.keep(tf.scalar(1))));
    assert.equal(tf.memory().numTensors, before + 1);
    kept.dispose();
    assert.throws(
      () =>
        freeOnFailure(() => {
          tf.tidy(() => tf.keep(tf.scalar(1)));
          throw new Error("OOM");
        }),
      /OOM/u,
    );
    assert.equal(tf.memory().numTensors, before);
  });

  it("leaves tfjs as it was, however often it is called", () => {
    const before: unknown = Reflect.get(tf.engine(), "keep");
    for (let call = 0; call < 20_000; call++) {
      freeOnFailure(() => call);
    }
    assert.equal(Reflect.get(tf.engine(), "keep"), before);
    tf.tidy(() => tf.keep(tf.scalar(1)).dispose());
  });
});
