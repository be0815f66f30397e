import assert from "node:assert/strict";
import { supportedDecoders } from "../../../../src/models/neural/wasmSupport.ts";

/** The prefix and number of `f32x4.relaxed_madd`. */
const RELAXED_MADD = "fd8502";

function isRelaxed(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString("hex").includes(RELAXED_MADD);
}

describe("The choice of a decoder", () => {
  it("prefers relaxed SIMD", () => {
    assert.deepEqual(
      supportedDecoders(() => true),
      ["decoder-relaxed.wasm", "decoder.wasm"],
    );
  });

  it("takes plain SIMD where nothing relaxed runs", () => {
    assert.deepEqual(
      supportedDecoders((bytes) => !isRelaxed(bytes)),
      ["decoder.wasm"],
    );
  });

  it("offers none where no SIMD runs", () => {
    assert.deepEqual(
      supportedDecoders(() => false),
      [],
    );
  });

  it("asks with modules that are right: this Node runs SIMD", () => {
    assert.ok(supportedDecoders((bytes) => WebAssembly.validate(bytes)).includes("decoder.wasm"));
  });
});
