import assert from "node:assert/strict";
import { ProgressWindow } from "../../../src/training/progressWindow.ts";
import { StepTimes } from "../../../src/training/stepTimes.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

function open() {
  const clock = new ManualTime();
  const processor = { ms: 1000 };
  const times = new StepTimes({ clock, processorMs: () => processor.ms });
  return { clock, processor, times };
}

describe("The times of a step's parts", () => {
  it("count where time went, until another part begins", () => {
    const { clock, processor, times } = open();
    clock.advance(3);
    times.enter("input");
    clock.advance(5);
    times.enter("forward");
    clock.advance(20);
    times.enter("backward");
    clock.advance(40);
    times.enter("update");
    clock.advance(7);
    times.enter("host");
    clock.advance(2);
    processor.ms += 130;
    const phaseMs = { input: 5, forward: 20, backward: 40, update: 7, host: 5 };
    assert.deepEqual(times.take(), { phaseMs, processorMs: 130 });
  });

  it("begin anew when they were taken, in the part that is under way", () => {
    const { clock, processor, times } = open();
    times.enter("forward");
    clock.advance(10);
    processor.ms += 20;
    times.take();
    clock.advance(4);
    processor.ms += 1;
    const { phaseMs, processorMs } = times.take();
    assert.deepEqual([phaseMs.forward, phaseMs.host, processorMs], [4, 0, 1]);
  });

  it("are part of a report on steps, and leave out what lies behind a fresh start", () => {
    const { clock, processor, times } = open();
    const window = new ProgressWindow(clock, times);
    const clipping = { normBefore: 1, normAfter: 1, isClipped: false, scale: 1 };
    clock.advance(900);
    processor.ms += 900;
    window.restart();
    times.enter("forward");
    clock.advance(30);
    times.enter("host");
    processor.ms += 55;
    window.add({ nats: 2, targetCount: 1, clipping, isFinite: true });
    const { times: taken } = window.take();
    assert.deepEqual(
      [taken?.stepCount, taken?.phaseMs.forward, taken?.phaseMs.host, taken?.processorMs],
      [1, 30, 0, 55],
    );
  });
});
