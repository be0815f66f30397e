import assert from "node:assert/strict";
import { readEngineConfig } from "../../../src/engine/engineConfig.ts";

describe("readEngineConfig", () => {
  it("has a default for everything", () => {
    assert.deepEqual(readEngineConfig({}, ":"), {
      extraRoots: [],
      pythonPath: null,
      gpu: "auto",
      usesBfloat16: false,
      nice: 0,
    });
  });

  it("reads what is set", () => {
    const environment = {
      INKLING_EXTRA_CACHE: "/a:/b",
      INKLING_PYTHON_ENVIRONMENT: "/venv",
      INKLING_GPU: "none",
      INKLING_ENGINE_NICE: "10",
      ONEDNN_DEFAULT_FPMATH_MODE: "BF16",
    };
    assert.deepEqual(readEngineConfig(environment, ":"), {
      extraRoots: ["/a", "/b"],
      pythonPath: "/venv",
      gpu: "none",
      usesBfloat16: true,
      nice: 10,
    });
  });

  for (const nice of ["-5", "20", "x", "1.5"]) {
    it(`leaves the priority alone where it reads ${nice}`, () => {
      assert.equal(readEngineConfig({ INKLING_ENGINE_NICE: nice }, ":").nice, 0);
    });
  }
});
