import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { explainMemory } from "../../../src/engine/memoryFailure.ts";

describe("explainMemory", () => {
  it("says what to do where a backend ran out of memory", () => {
    for (const message of [
      "OOM when allocating tensor with shape[4096,65536]",
      "Array buffer allocation failed",
      "RESOURCE_EXHAUSTED: failed to allocate",
      "std::bad_alloc",
    ]) {
      const explained = explainMemory(new Error(message));
      assert.ok(explained instanceof LmError && explained.code === "outOfMemory", message);
    }
  });

  it("leaves every other error as it is", () => {
    const errors = [new Error("the room is too small"), new LmError("diskFull", "out of memory cards"), "text"];
    errors.forEach((error) => {
      assert.equal(explainMemory(error), error);
    });
  });
});
