import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createCudnnLstm } from "../../src/models/neural/cudnnLstm.ts";
import { float16Precision, float32Precision } from "../../src/models/neural/cudnnPrecision.ts";
import { findCudnnFault } from "../../src/models/neural/findCudnnFault.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import type { TensorflowOps } from "../../src/models/neural/tensorflowOps.ts";
import { CudnnOps, roundToHalf } from "../support/cudnnOps.ts";
import { loadTensorflowOnce } from "../support/loadAddon.ts";
import { usePlainBackend } from "../support/tinyNetwork.ts";

/** Small, for the gradients of the window that is checked are large. */
const SCALE = { value: 16 };

/** A TensorFlow without a GPU has the ops' definitions, by which it looks through a call, and no kernels to run it with. */
describe("The calls of an LSTM by cuDNN", function () {
  this.timeout(60_000);
  let real: TensorflowOps;
  let isOnGpu = false;

  before(async () => {
    ({ ops: real, isOnGpu } = await loadTensorflowOnce());
  });

  after(usePlainBackend);

  const faultOf = (ops: TensorflowOps, precision = float32Precision): string | null =>
    findCudnnFault(createCudnnLstm({ ops, precision }, portableKernels), (call) => portableKernels.lstmSequence(call));

  it("cast to float16 and back", async () => {
    await tf.setBackend("tensorflow");
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const { enter, leave } = float16Precision(real, SCALE);
      const values = [0, 1, -0.1, 65_504, 65_520, 1e-8, 6e-8, 2 ** -14, 1 / 3, 2049];
      const back = leave(enter(tf.tensor1d(values)));
      assert.deepEqual([...back.dataSync()], [...Float32Array.from(values, roundToHalf)]);
      assert.deepEqual([back.dtype, back.shape], ["float32", [10]]);
      // A tensor that was cast can be kept, cloned and freed like any other.
      const kept = tf.keep(tf.clone(enter(back)));
      assert.deepEqual([...leave(kept).dataSync()], [...back.dataSync()]);
      kept.dispose();
    });
    assert.equal(tf.memory().numTensors, before);
  });

  for (const [op, type] of ["CudnnRNNV3", "CudnnRNNBackpropV3"].flatMap((op) => [
    [op, "float32"] as const,
    [op, "float16"] as const,
  ])) {
    it(`are sound to TensorFlow's definition of ${op} in ${type}`, async () => {
      await tf.setBackend("tensorflow");
      const plain = new CudnnOps();
      const precision = type === "float32" ? float32Precision : float16Precision(real, SCALE);
      const { enter, leave } = precision;
      const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === "float32";
      // Plain numbers are float32 here, whatever the op that is asked for reads.
      const runPlainly = (name: string, call: Parameters<TensorflowOps["runMany"]>[1]): readonly tf.Tensor[] =>
        plain
          .runMany(name, {
            ...call,
            attributes: { ...call.attributes, T: { type: "float32" } },
            inputs: call.inputs.map((input) => (isFloat(input) ? leave(input) : input)),
          })
          .map((output) => (isFloat(output) ? enter(output) : output));
      const mixed: TensorflowOps = {
        run: (name, call) => real.run(name, call),
        runMany: (name, call) => (name === op ? real.runMany(name, call) : runPlainly(name, call)),
      };
      const fault = faultOf(isOnGpu ? real : mixed, precision);
      if (isOnGpu) {
        assert.equal(fault, null);
      } else {
        const named = type === "float32" ? "DT_FLOAT" : "DT_HALF";
        assert.match(
          fault ?? "",
          new RegExp(`^Could not find device for node: \\{\\{node ${op}\\}\\}.*T=${named}\\b`, "u"),
        );
      }
    });
  }

  it("would be refused with an attribute or an input that the definition does not have", async () => {
    await tf.setBackend("tensorflow");
    const changed = (change: (call: Parameters<TensorflowOps["runMany"]>[1]) => typeof call): TensorflowOps => ({
      run: (name, call) => real.run(name, call),
      runMany: (name, call) => real.runMany(name, change(call)),
    });
    const attribute = changed((call) => ({ ...call, attributes: { ...call.attributes, rnn_mode: { string: "gsm" } } }));
    assert.match(faultOf(attribute) ?? "", /'rnn_mode' of "gsm" is not in the list/u);
    const input = changed((call) => ({ ...call, inputs: call.inputs.slice(0, 4) }));
    assert.match(faultOf(input) ?? "", /do not match 4 inputs/u);
  });
});
