import assert from "node:assert/strict";
import { timeTraining } from "../../../src/engine/timeTraining.ts";
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
} as const;

describe("Timed training", () => {
  before(usePlainBackend);

  function run(options: { readonly onPause?: () => void; readonly signal?: AbortSignal } = {}) {
    const clock = new ManualTime();
    return timeTraining(job, {
      backend: {
        description: { backend: "portable", device: "cpu", tensorflow: null, reasons: [] },
        kernels: portableKernels,
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
