import assert from "node:assert/strict";
import { KernelTimes } from "../../../src/cli/decoderTimes.ts";
import type { RecurrentKernel } from "../../../src/models/neural/recurrentKernel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

describe("The decoder bench", () => {
  it("gives median and minimum of a call, without the rounds that warm up", () => {
    const time = new ManualTime();
    let stepMs = 100;
    const kernel: RecurrentKernel = {
      spec: { cell: "lstm", vocabularySize: 3, hiddenSize: 2, layerCount: 1 },
      step: (states, tokens) => {
        assert.deepEqual([states.length, tokens.length], [4, 4]);
        assert.ok(tokens.every((token) => token < 3));
        time.advance(stepMs);
        return states;
      },
      logProbabilities: (states, out) => {
        assert.deepEqual([states.length, out.length], [4, 4]);
        time.advance(stepMs / 2);
      },
    };
    const times = new KernelTimes("slow", kernel, 4);
    times.measure(time, { isKept: false });
    for (stepMs of [6, 2, 4, 8]) {
      times.measure(time, { isKept: true });
    }
    assert.deepEqual(times.row([]), {
      kernel: "slow",
      hidden: 2,
      layers: 1,
      vocabulary: 3,
      batch: 4,
      advanceMs: { median: 5, minimum: 2 },
      logitsMs: { median: 2.5, minimum: 1 },
      bothMs: { median: 7.5, minimum: 3 },
      difference: 0,
    });
  });
});
