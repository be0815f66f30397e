import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { type Interruption, type InterruptionOptions, watchInterruption } from "../../../src/cli/interruption.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

interface Watched {
  readonly source: EventEmitter;
  readonly time: ManualTime;
  readonly seen: string[];
  readonly interruption: Interruption;
}

function watch(changes: Partial<InterruptionOptions> = {}): Watched {
  const source = new EventEmitter();
  const time = new ManualTime();
  const seen: string[] = [];
  const interruption = watchInterruption({
    source,
    clock: time,
    onFirst: () => seen.push("first"),
    onSecond: () => seen.push("second"),
    ...changes,
  });
  return { source, time, seen, interruption };
}

describe("watchInterruption", () => {
  it("aborts at the first Ctrl+C and ends at the second", () => {
    const { source, time, seen, interruption } = watch();
    assert.equal(interruption.signal.aborted, false);
    source.emit("SIGINT");
    assert.deepEqual([interruption.signal.aborted, seen], [true, ["first"]]);
    time.advance(1000);
    source.emit("SIGINT");
    assert.deepEqual(seen, ["first", "second"]);
  });

  it("takes one Ctrl+C that arrives twice for one", () => {
    const { source, time, seen } = watch();
    source.emit("SIGINT");
    time.advance(50);
    source.emit("SIGINT");
    assert.deepEqual(seen, ["first"]);
  });

  for (const name of ["SIGTERM", "SIGHUP"] as const) {
    it(`stops at ${name} too, and never cuts a save short for it`, () => {
      const { source, time, seen, interruption } = watch();
      for (let count = 0; count < 3; count++) {
        source.emit(name);
        time.advance(1000);
      }
      assert.deepEqual([interruption.signal.aborted, seen], [true, ["first"]]);
    });
  }

  it("stops when told to without a signal, once", () => {
    const { seen, interruption } = watch();
    interruption.interrupt();
    interruption.interrupt();
    assert.deepEqual([interruption.signal.aborted, seen], [true, ["first"]]);
  });

  it("listens no more once disposed", () => {
    const { source, interruption } = watch();
    interruption.dispose();
    assert.deepEqual(source.eventNames(), []);
  });
});
