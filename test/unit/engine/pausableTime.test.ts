import assert from "node:assert/strict";
import { PausableTime } from "../../../src/engine/pausableTime.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

/** A run's time, and what happens in it: changes, and the ends of pauses. */
function open() {
  const clock = new ManualTime();
  const controller = new AbortController();
  const seen: string[] = [];
  const time = new PausableTime({
    clock,
    pause: () => Promise.resolve(),
    signal: controller.signal,
    onChange: (isPaused) => seen.push(isPaused ? "stands" : "goes on"),
  });
  const pause = async (): Promise<void> => {
    await time.pause();
    seen.push("after");
  };
  return { clock, controller, seen, time, pause };
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
}

describe("The time of a run that can be paused", () => {
  it("is the clock's while nobody pauses", async () => {
    const { clock, time, seen, pause } = open();
    clock.advance(700);
    await pause();
    assert.deepEqual([time.nowMs(), seen], [700, ["after"]]);
    assert.equal(time.epochMs(), clock.epochMs());
  });

  it("stands still from the next step until it is told to go on", async () => {
    const { clock, time, seen, pause } = open();
    clock.advance(1000);
    time.setPaused({ isPaused: true });
    clock.advance(10); // The step that was under way.
    const paused = pause();
    await settle();
    assert.deepEqual(seen, ["stands"]);
    clock.advance(3_600_000);
    assert.equal(time.nowMs(), 1010);
    time.setPaused({ isPaused: false });
    await paused;
    assert.deepEqual(seen, ["stands", "goes on", "after"]);
    clock.advance(5);
    assert.equal(time.nowMs(), 1015);
  });

  it("adds up several pauses", async () => {
    const { clock, time, pause } = open();
    for (let round = 0; round < 3; round++) {
      clock.advance(100);
      time.setPaused({ isPaused: true });
      const paused = pause();
      await settle();
      clock.advance(5000);
      time.setPaused({ isPaused: false });
      await paused;
    }
    assert.equal(time.nowMs(), 300);
  });

  it("never stands where the order was taken back before the step was over", async () => {
    const { time, seen, pause } = open();
    time.setPaused({ isPaused: true });
    time.setPaused({ isPaused: false });
    await pause();
    assert.deepEqual(seen, ["after"]);
  });

  it("stands again where a second order follows at once", async () => {
    const { time, seen, pause } = open();
    time.setPaused({ isPaused: true });
    const paused = pause();
    await settle();
    time.setPaused({ isPaused: false });
    time.setPaused({ isPaused: true });
    await settle();
    assert.deepEqual(seen, ["stands", "goes on", "stands"]);
    time.setPaused({ isPaused: false });
    await paused;
  });

  it("holds up everything that pauses at once", async () => {
    const { clock, time, seen, pause } = open();
    time.setPaused({ isPaused: true });
    const both = Promise.all([pause(), pause()]);
    await settle();
    clock.advance(50);
    time.setPaused({ isPaused: false });
    await both;
    assert.deepEqual(seen, ["stands", "goes on", "after", "after"]);
    assert.equal(time.nowMs(), 0);
  });

  it("goes on when the run is cancelled, and waits no more", async () => {
    const { time, controller, seen, pause } = open();
    time.setPaused({ isPaused: true });
    const paused = pause();
    await settle();
    controller.abort();
    await paused;
    await pause();
    assert.deepEqual(seen, ["stands", "goes on", "after", "after"]);
  });

  it("does what is to be done before, in the run's time", async () => {
    const { clock, time, seen } = open();
    const save = (): Promise<void> => {
      clock.advance(40);
      seen.push("saved");
      return Promise.resolve();
    };
    await time.pause(save);
    assert.deepEqual(seen, []);
    time.setPaused({ isPaused: true });
    const paused = time.pause(save);
    await settle();
    assert.deepEqual([time.nowMs(), seen], [40, ["saved", "stands"]]);
    time.setPaused({ isPaused: false });
    await paused;
  });
});
