import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { watchInterruption } from "../../../src/cli/interruption.ts";

describe("watchInterruption", () => {
  it("aborts at the first Ctrl+C and ends at the second", () => {
    const source = new EventEmitter();
    const seen: string[] = [];
    const { signal } = watchInterruption({
      source,
      onFirst: () => seen.push("first"),
      onSecond: () => seen.push("second"),
    });
    assert.equal(signal.aborted, false);
    source.emit("SIGINT");
    assert.deepEqual([signal.aborted, seen], [true, ["first"]]);
    source.emit("SIGTERM");
    assert.deepEqual(seen, ["first", "second"]);
  });

  it("listens no more once disposed", () => {
    const source = new EventEmitter();
    const ignore = (): void => undefined;
    const watching = watchInterruption({ source, onFirst: ignore, onSecond: ignore });
    watching.dispose();
    assert.equal(source.listenerCount("SIGINT") + source.listenerCount("SIGTERM"), 0);
  });
});
