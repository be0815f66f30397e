import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createCudnnLstm } from "../../src/models/neural/cudnnLstm.ts";
import { findCudnnFault } from "../../src/models/neural/findCudnnFault.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import type { TensorflowOps } from "../../src/models/neural/tensorflowOps.ts";
import { CudnnOps } from "../support/cudnnOps.ts";
import { loadTensorflowOnce } from "../support/loadAddon.ts";
import { usePlainBackend } from "../support/tinyNetwork.ts";

/** A TensorFlow without a GPU has the ops' definitions, by which it looks through a call, and no kernels to run it with. */
describe("The calls of an LSTM by cuDNN", function () {
  this.timeout(60_000);
  let real: TensorflowOps;
  let isOnGpu = false;

  before(async () => {
    ({ ops: real, isOnGpu } = await loadTensorflowOnce());
  });

  after(usePlainBackend);

  const faultOf = (ops: TensorflowOps): string | null =>
    findCudnnFault(createCudnnLstm(ops, portableKernels), (call) => portableKernels.lstmSequence(call));

  for (const op of ["CudnnRNNV3", "CudnnRNNBackpropV3"]) {
    it(`are sound to TensorFlow's definition of ${op}`, async () => {
      await tf.setBackend("tensorflow");
      const plain = new CudnnOps();
      const mixed: TensorflowOps = {
        run: (name, call) => real.run(name, call),
        runMany: (name, call) => (name === op ? real : plain).runMany(name, call),
      };
      const fault = faultOf(isOnGpu ? real : mixed);
      if (isOnGpu) {
        assert.equal(fault, null);
      } else {
        assert.match(fault ?? "", new RegExp(`^Could not find device for node: \\{\\{node ${op}\\}\\}`, "u"));
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
