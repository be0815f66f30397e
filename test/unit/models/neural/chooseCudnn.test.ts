import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { chooseCudnn, type CudnnChoice, type CudnnWish } from "../../../../src/models/neural/chooseCudnn.ts";
import { portableKernels } from "../../../../src/models/neural/portableKernels.ts";
import type { OpCall, TensorflowOps } from "../../../../src/models/neural/tensorflowOps.ts";
import { CudnnOps } from "../../../support/cudnnOps.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";

/** A cuDNN whose calls on windows that are timed take so many milliseconds, and compute nothing. */
class TimedOps implements TensorflowOps {
  public ms = 0;
  readonly #plain = new CudnnOps();
  readonly #costs: Readonly<Record<string, number>>;
  readonly #fault: "wrong" | "memory" | null;

  /** @param fault what is the matter in float16: its results, or that the memory is not enough for the window that is timed */
  public constructor(costs: Readonly<Record<"float32" | "float16", number>>, fault: "wrong" | "memory" | null = null) {
    this.#costs = costs;
    this.#fault = fault;
  }

  public run(op: string, call: OpCall): tf.Tensor {
    const [x] = call.inputs as [tf.Tensor];
    return isLarge(x) ? x.clone() : this.#plain.run(op, call);
  }

  public runMany(op: string, call: OpCall & { readonly outputCount: number }): readonly tf.Tensor[] {
    const type = (call.attributes?.["T"] as { readonly type: string }).type;
    if (!isLarge(call.inputs[0] as tf.Tensor)) {
      const outputs = this.#plain.runMany(op, call);
      return this.#fault === "wrong" && type === "float16"
        ? [...outputs.slice(0, 1), ...outputs.slice(1).reverse()]
        : outputs;
    }
    if (this.#fault === "memory" && type === "float16" && op === "CudnnRNNBackpropV3") {
      throw new Error("Invalid TF_Status: 8\nMessage: OOM when allocating tensor");
    }
    this.ms += this.#costs[type] as number;
    const [x, h, c, params, , output] = call.inputs;
    const gradients = [x, h, c, params];
    const outputs = op === "CudnnRNNV3" ? [x, h, c, h, h] : gradients;
    assert.ok(op === "CudnnRNNV3" || output !== undefined);
    return outputs.map((tensor) => (tensor as tf.Tensor).clone());
  }
}

function isLarge({ size }: tf.Tensor): boolean {
  return size >= 2048;
}

function choose(ops: TimedOps, precision: CudnnWish["precision"]): CudnnChoice {
  const wish = { precision, nowMs: () => ops.ms };
  const timed = { windowTokens: 1, laneCount: 32, hiddenSize: 64 };
  return chooseCudnn(ops, {
    ...{ wish, math: portableKernels, timed },
    unrolled: (call) => portableKernels.lstmSequence(call),
  });
}

describe("What cuDNN computes in", () => {
  before(usePlainBackend);

  const cases = [
    { costs: { float32: 10, float16: 4 }, wish: "faster", type: "float16", reason: /takes 40 % of the time/u },
    { costs: { float32: 10, float16: 9.8 }, wish: "faster", type: "float32", reason: /takes 98 % of the time/u },
    { costs: { float32: 10, float16: 30 }, wish: "faster", type: "float32", reason: /takes 300 % of the time/u },
    { costs: { float32: 10, float16: 30 }, wish: "float16", type: "float16", reason: /chosen/u },
    { costs: { float32: 30, float16: 10 }, wish: "float32", type: "float32", reason: /chosen/u },
  ] as const;
  for (const { costs, wish, type, reason } of cases) {
    it(`is ${type} where ${wish} is wished for and a call takes ${costs.float32} ms in float32, ${costs.float16} in float16`, () => {
      const before = tf.memory().numTensors;
      const choice = choose(new TimedOps(costs), wish);
      assert.equal(tf.memory().numTensors, before);
      assert.ok(choice.kind === "cudnn");
      assert.match(choice.reason, reason);
      assert.equal(choice.precision, type);
      assert.equal(choice.lossScale === null, type === "float32");
    });
  }

  it("is float32 where float16 computes something else, however fast", () => {
    const choice = choose(new TimedOps({ float32: 10, float16: 1 }, "wrong"), "faster");
    assert.ok(choice.kind === "cudnn" && choice.precision === "float32");
    assert.match(choice.reason, /in float16, /u);
  });

  it("is float32 where the memory is not enough to time both, and nothing of it stays", () => {
    const before = tf.memory().numTensors;
    const choice = choose(new TimedOps({ float32: 10, float16: 1 }, "memory"), "faster");
    assert.ok(choice.kind === "cudnn" && choice.precision === "float32");
    assert.equal(choice.reason, "float16 could not be timed: OOM when allocating tensor");
    assert.equal(tf.memory().numTensors, before);
  });

  it("is nothing where there is none", () => {
    const refusing: TensorflowOps = {
      run: () => assert.fail(),
      runMany: () => {
        throw new Error("Invalid TF_Status: 5\nMessage: no cuDNN");
      },
    };
    const wish = { precision: "faster", nowMs: () => 0 } as const;
    const choice = chooseCudnn(refusing, {
      ...{ wish, math: portableKernels },
      unrolled: (call) => portableKernels.lstmSequence(call),
    });
    assert.deepEqual(choice, { kind: "fault", fault: "no cuDNN" });
  });
});
