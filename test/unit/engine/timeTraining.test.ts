import assert from "node:assert/strict";
import { timeTraining } from "../../../src/engine/timeTraining.ts";
import type { NeuralKernels } from "../../../src/models/neural/neuralKernels.ts";
import type { MemoryEvent, TimeTrainingJob, TokenLaw } from "../../../src/protocol/timingMessages.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const job = {
  backend: "portable",
  hiddenSize: 5,
  layerCount: 2,
  vocabularySize: 9,
  laneCount: 3,
  windowTokens: 4,
  stepCount: 3,
  tokenLaw: "zipf",
} as const;

describe("Timed training", () => {
  before(usePlainBackend);

  function run(
    options: {
      readonly onPause?: () => void;
      readonly signal?: AbortSignal;
      readonly memorySteps?: number;
      readonly emit?: (event: MemoryEvent) => void;
      readonly sizes?: Partial<TimeTrainingJob>;
      readonly kernels?: NeuralKernels;
    } = {},
  ) {
    const clock = new ManualTime();
    const { memorySteps } = options;
    const asked = { ...job, ...options.sizes, ...(memorySteps === undefined ? {} : { memorySteps }) };
    return timeTraining(asked, {
      emit: options.emit ?? (() => assert.fail("nobody asked for it")),
      backend: {
        description: { backend: "portable", device: "cpu", tensorflow: null, reasons: [] },
        kernels: options.kernels ?? portableKernels,
      },
      clock,
      residentBytes: () => 1234,
      pause: () => {
        options.onPause?.();
        return Promise.resolve();
      },
      signal: options.signal ?? new AbortController().signal,
    });
  }

  it("has a time for every step asked for, and leaves no tensor behind", async () => {
    const result = await run();
    assert.equal(result.stepMs.length, 3);
    assert.equal(result.addedTensors, 0);
    assert.equal(result.residentBytes, 1234);
    assert.equal(result.backend, "portable");
  });

  it("tells what is held every few steps, the same number of tensors each time", async () => {
    const told: MemoryEvent[] = [];
    await run({ memorySteps: 1, emit: (event) => told.push(event) });
    assert.deepEqual(
      told.map(({ step, residentBytes }) => [step, residentBytes]),
      [
        [1, 1234],
        [2, 1234],
        [3, 1234],
      ],
    );
    assert.equal(new Set(told.map(({ tensorCount }) => tensorCount)).size, 1);
    const seldom: number[] = [];
    await run({ memorySteps: 2, emit: ({ step }) => seldom.push(step) });
    assert.deepEqual(seldom, [2]);
  });

  it("draws tokens as text has them, or all alike", async () => {
    const distinct = async (tokenLaw: TokenLaw): Promise<number> => {
      const sizes: number[] = [];
      const kernels: NeuralKernels = {
        ...portableKernels,
        lstmSequence: (call) => {
          if (call.input.kind === "tokens") {
            sizes.push(call.input.tokens.distinct.size);
          }
          return portableKernels.lstmSequence(call);
        },
      };
      await run({ sizes: { vocabularySize: 64, laneCount: 8, windowTokens: 8, tokenLaw }, kernels });
      return sizes[0] as number;
    };
    const [asInText, alike] = [await distinct("zipf"), await distinct("uniform")];
    assert.ok(asInText < 35 && alike > 35, `${asInText} and ${alike}`);
  });

  it("stops where it is cancelled", async () => {
    const controller = new AbortController();
    let pauses = 0;
    const result = await run({
      signal: controller.signal,
      onPause: () => {
        pauses++;
        if (pauses === 3) {
          controller.abort();
        }
      },
    });
    assert.equal(result.stepMs.length, 1);
  });
});
