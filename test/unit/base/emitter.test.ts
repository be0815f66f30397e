import assert from "node:assert/strict";
import { Emitter } from "../../../src/base/emitter.ts";

describe("Emitter", () => {
  it("tells every listener in the order in which they came, the same function twice if it came twice", () => {
    const emitter = new Emitter<number>();
    const seen: string[] = [];
    const listener = (value: number): void => void seen.push(`a${value}`);
    emitter.event(listener);
    emitter.event((value) => seen.push(`b${value}`));
    emitter.event(listener);
    emitter.fire(1);
    assert.deepEqual(seen, ["a1", "b1", "a1"]);
  });

  it("goes on where a listener leaves while it is told", () => {
    const emitter = new Emitter<number>();
    const seen: string[] = [];
    const first = emitter.event(() => {
      seen.push("first");
      first.dispose();
    });
    emitter.event(() => seen.push("second"));
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(seen, ["first", "second", "second"]);
  });

  it("tells nobody after its disposal", () => {
    const emitter = new Emitter<number>();
    const seen: number[] = [];
    emitter.event((value) => seen.push(value));
    emitter.dispose();
    emitter.event((value) => seen.push(value));
    emitter.fire(1);
    assert.deepEqual(seen, []);
  });
});
