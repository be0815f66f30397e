import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../../../src/base/errors.ts";
import { explainMemory } from "../../../src/engine/memoryFailure.ts";
import type { AdamCall, LstmCall, SoftmaxLossCall } from "../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import type { TrainEvent } from "../../../src/protocol/engineMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

function memoryNotices(events: readonly TrainEvent[]): readonly string[] {
  const messages = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
  return messages.filter((message) => message.startsWith("The memory"));
}

describe("A training whose memory is not enough", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  const failures = ["lstmSequence", "softmaxLoss", "adam"] as const;
  for (const failing of failures) {
    it(`goes on with half the lanes, as often as it takes, where the memory is not enough, and loses nothing (${failing})`, async () => {
      const bench = new JobBench();
      let callCount = 0;
      let lanes = 0;
      const run = <Call, Result>(name: string, work: (call: Call) => Result) => {
        return (call: Call): Result => {
          const window = (call as { readonly window?: { readonly laneCount: number } }).window;
          // A look at held-out text, without a gradient, takes a fraction of a step's memory.
          const isStep = name === "adam" || tf.engine().state.gradientDepth > 0;
          lanes = isStep && window !== undefined ? window.laneCount : lanes;
          callCount += name === failing && isStep ? 1 : 0;
          if (name === failing && isStep && callCount > 20 && lanes > 2) {
            throw new Error("OOM when allocating tensor with shape[64,2,32] and type float");
          }
          return work(call);
        };
      };
      bench.kernels = {
        ...portableKernels,
        lstmSequence: run("lstmSequence", (call: LstmCall) => {
          return portableKernels.lstmSequence(call);
        }),
        softmaxLoss: run("softmaxLoss", (call: SoftmaxLossCall) => portableKernels.softmaxLoss(call)),
        adam: run("adam", (call: AdamCall) => portableKernels.adam(call)),
      };
      const before = tf.memory().numTensors;
      const settings = { laneCount: 8, windowTokens: 16 };
      const { done, events } = await bench.train({ epochs: 3, layerCount: 2, settings });
      assert.equal(tf.memory().numTensors, before);
      assert.equal(done.stopped, "epochs");
      assert.deepEqual(memoryNotices(events), [
        "The memory was not enough to read 8 lanes at once; training goes on with 4.",
        "The memory was not enough to read 4 lanes at once; training goes on with 2.",
      ]);
      const messages = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
      assert.ok(!messages.some((message) => message.includes("earlier model is kept")), messages.join());
      const steps = events.flatMap((event) => (event.type === "progress" ? [event.step] : []));
      assert.deepEqual(
        steps,
        [...steps].sort((a, b) => a - b),
      );
      const figures = events.flatMap((event) => (event.type === "evaluation" ? [event.bitsPerByte] : []));
      assert.ok((figures.at(-1) ?? NaN) < (figures[0] ?? NaN), figures.join());
    });
  }

  it("asks the model that lies there in fewer lanes where the memory is not enough for all", async () => {
    const texts = Array.from({ length: 80 }, (_, index) => [
      `/w/f${index}.js`,
      `const a${index} = b(${index * 7});\n`.repeat(6),
    ]);
    const bench = new JobBench(Object.fromEntries(texts) as Record<string, string>);
    await bench.train({ epochs: 1, settings: { laneCount: 8 } });
    bench.files.add("/w/new.js", "const fresh = 1;\n");
    const asked: number[] = [];
    let isAsking = true;
    bench.kernels = {
      ...portableKernels,
      lstmSequence: (call: LstmCall) => {
        const lanes = call.window.laneCount;
        if (isAsking && tf.engine().state.gradientDepth === 0) {
          asked.push(lanes);
          if (lanes > 2) {
            throw new Error("OOM when allocating tensor with shape[64,2,32] and type float");
          }
        }
        isAsking &&= tf.engine().state.gradientDepth === 0;
        return portableKernels.lstmSequence(call);
      },
    };
    const before = tf.memory().numTensors;
    const { events } = await bench.train({ epochs: 1, settings: { laneCount: 8, learningRate: 1e-7 } });
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual([...new Set(asked)], [8, 4, 2]);
    assert.deepEqual(memoryNotices(events), []);
  });

  it("takes weights from chance for no model where it is stopped once it goes on in fewer lanes", async () => {
    const bench = new JobBench();
    let isFailing = true;
    bench.kernels = {
      ...portableKernels,
      adam: (call: AdamCall) => {
        if (isFailing) {
          isFailing = false;
          throw new Error("OOM when allocating tensor with shape[64,2,32] and type float");
        }
        return portableKernels.adam(call);
      },
    };
    const controller = new AbortController();
    const { done } = await bench.train(
      { epochs: 50, settings: { laneCount: 8 } },
      {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "notice" && event.message.startsWith("The memory")) {
            controller.abort();
          }
        },
      },
    );
    assert.match(done.nothingLearnt ?? "", /before there was anything new/);
    assert.equal(await bench.files.stat("/model/checkpoint.json"), undefined);
  });

  it("says what to do where the memory is not enough for one lane", async () => {
    const bench = new JobBench();
    bench.kernels = {
      ...portableKernels,
      lstmSequence: () => {
        throw new Error("Internal: Failed to call DoRnnForward with model config");
      },
    };
    const events: TrainEvent[] = [];
    await assert.rejects(
      bench.train({ epochs: 1, settings: { laneCount: 4 } }, { onEvent: (event) => void events.push(event) }),
      (error) => /Choose a smaller hidden size/u.test((explainMemory(error) as Error).message),
    );
    assert.equal(memoryNotices(events).length, 2);
  });

  it("refuses a model that the free memory cannot hold before it is built, and says how large it is", async () => {
    const bench = new JobBench();
    const announced: TrainEvent[] = [];
    const onEvent = (event: TrainEvent): void => void announced.push(event);
    await assert.rejects(bench.train({ hiddenSize: 16_384, layerCount: 8 }, { onEvent }), (error) => {
      assert.ok(error instanceof LmError && error.code === "outOfMemory", String(error));
      assert.match(
        error.message,
        /^This model has 17,\d{3},\d{3},\d{3} parameters, which take 549\.9 GB .* there is room for 4\.0 GB here\. Choose/u,
      );
      return true;
    });
    assert.ok(!announced.some(({ type }) => type === "corpus"));
    assert.equal(await bench.files.stat("/model"), undefined, "no folder is left behind");
  });
});
