import assert from "node:assert/strict";
import type { BackendDescription } from "../../../src/protocol/backendDescription.ts";
import { backendSummary } from "../../../src/protocol/statusWords.ts";

const TENSORFLOW = { version: "2.21.0", path: "/tf" };

describe("A backend in words", () => {
  const cases: readonly (readonly [Omit<BackendDescription, "reasons">, string])[] = [
    [{ backend: "portable", device: "cpu", tensorflow: null }, "portable backend (WebAssembly)"],
    [{ backend: "tensorflow", device: "cpu", tensorflow: TENSORFLOW }, "TensorFlow 2.21.0 on the CPU"],
    [{ backend: "tensorflow", device: "gpu", tensorflow: TENSORFLOW }, "TensorFlow 2.21.0 on the GPU"],
    [
      { backend: "tensorflow", device: "gpu", tensorflow: TENSORFLOW, cudnnPrecision: "float16" },
      "TensorFlow 2.21.0 on the GPU, LSTMs by cuDNN in float16",
    ],
  ];
  for (const [description, words] of cases) {
    it(`is ${words}`, () => {
      assert.equal(backendSummary({ ...description, reasons: [] }), words);
    });
  }
});
