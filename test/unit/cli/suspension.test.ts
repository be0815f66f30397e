import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { watchSuspension } from "../../../src/cli/suspension.ts";

function watch() {
  const source = new EventEmitter();
  const seen: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const suspension = watchSuspension({
    source,
    setPaused: ({ isPaused }) => {
      seen.push(isPaused ? "pause" : "resume");
      return new Promise((resolve, reject) => {
        waiting.push((error) => {
          if (error === undefined) {
            resolve();
          } else {
            reject(error);
          }
        });
      });
    },
    stop: () => seen.push("stop"),
  });
  const settle = async (error?: Error): Promise<void> => {
    waiting.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { source, seen, settle, suspension };
}

describe("watchSuspension", () => {
  it("stops the process once the work stands still, and has it go on afterwards", async () => {
    const { source, seen, settle } = watch();
    source.emit("SIGTSTP");
    assert.deepEqual(seen, ["pause"]);
    await settle();
    assert.deepEqual(seen, ["pause", "stop"]);
    source.emit("SIGCONT");
    await settle();
    source.emit("SIGTSTP");
    await settle();
    assert.deepEqual(seen, ["pause", "stop", "resume", "pause", "stop"]);
  });

  it("stops at once at a second Ctrl+Z", () => {
    const { source, seen } = watch();
    source.emit("SIGTSTP");
    source.emit("SIGTSTP");
    assert.deepEqual(seen, ["pause", "stop"]);
  });

  it("stops nothing that was told to go on before it stood still", async () => {
    const { source, seen, settle } = watch();
    source.emit("SIGTSTP");
    source.emit("SIGCONT");
    await settle();
    assert.deepEqual(seen, ["pause", "resume"]);
  });

  it("stops where the work cannot be paused any more", async () => {
    const { source, seen, settle } = watch();
    source.emit("SIGTSTP");
    await settle(new Error("gone"));
    assert.deepEqual(seen, ["pause", "stop"]);
  });

  it("leaves a stray continuation alone, and listens no more once it is disposed", () => {
    const { source, seen, suspension } = watch();
    source.emit("SIGCONT");
    suspension.dispose();
    assert.deepEqual([seen, source.listenerCount("SIGTSTP"), source.listenerCount("SIGCONT")], [[], 0, 0]);
  });
});
