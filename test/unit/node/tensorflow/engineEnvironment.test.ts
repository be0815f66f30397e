import assert from "node:assert/strict";
import { engineEnvironment } from "../../../../src/node/tensorflow/engineEnvironment.ts";

const plain = "processor : 0\nflags\t\t: fpu sse avx avx2 fma\n";
const withAmx = "processor : 0\nflags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile\n";

describe("engineEnvironment", () => {
  it("keeps freed tensors mapped on Linux only", () => {
    assert.ok("MALLOC_TRIM_THRESHOLD_" in engineEnvironment({ env: {}, platform: "linux", cpuInfo: plain }));
    assert.ok(!("MALLOC_TRIM_THRESHOLD_" in engineEnvironment({ env: {}, platform: "darwin", cpuInfo: plain })));
  });
  it("has products computed in bfloat16 exactly where the processor is fast at it, and by oneDNN where it has matrix units", () => {
    const productsFor = (cpuInfo: string): readonly unknown[] => {
      const environment = engineEnvironment({ env: {}, platform: "linux", cpuInfo });
      return [environment["ONEDNN_DEFAULT_FPMATH_MODE"], environment["INKLING_ENGINE_PRODUCTS"]];
    };
    assert.deepEqual(productsFor(withAmx), ["BF16", "tensorflow"]);
    assert.deepEqual(productsFor("flags : avx512f avx512_bf16\n"), ["BF16", undefined]);
    assert.deepEqual(productsFor(plain), [undefined, undefined]);
    assert.deepEqual(productsFor("flags : avx512_bf16x\n"), [undefined, undefined]);
    assert.deepEqual(productsFor(""), [undefined, undefined]);
  });
  it("changes nothing that the user set, and passes everything else on", () => {
    const env = { ONEDNN_DEFAULT_FPMATH_MODE: "STRICT", TF_NUM_INTRAOP_THREADS: "1", MALLOC_TOP_PAD_: "7", OTHER: "x" };
    const result = engineEnvironment({ env, platform: "linux", cpuInfo: withAmx, threadCount: 8 });
    for (const [name, value] of Object.entries(env)) {
      assert.equal(result[name], value, name);
    }
  });
  it("hides GPUs only when asked to", () => {
    assert.equal(engineEnvironment({ env: {}, cpuInfo: "", gpu: "none" })["CUDA_VISIBLE_DEVICES"], "-1");
    assert.equal(engineEnvironment({ env: {}, cpuInfo: "" })["CUDA_VISIBLE_DEVICES"], undefined);
  });
  for (const [threadCount, inBackground] of [
    [1, "1"],
    [2, "1"],
    [3, "1"],
    [8, "4"],
  ] as const) {
    it(`takes ${inBackground} of ${threadCount} threads in the background, and gives way`, () => {
      const common = { env: {}, cpuInfo: "", threadCount };
      const background = engineEnvironment({ ...common, mode: "background" });
      assert.deepEqual([background["TF_NUM_INTRAOP_THREADS"], background["INKLING_ENGINE_NICE"]], [inBackground, "10"]);
      const fullSpeed = engineEnvironment({ ...common, mode: "fullSpeed" });
      assert.deepEqual(
        [fullSpeed["TF_NUM_INTRAOP_THREADS"], fullSpeed["INKLING_ENGINE_NICE"]],
        [String(threadCount), undefined],
      );
    });
  }
  it("sets the thread count it is given", () => {
    assert.equal(engineEnvironment({ env: {}, cpuInfo: "", threadCount: 3 })["TF_NUM_INTRAOP_THREADS"], "3");
  });
});
