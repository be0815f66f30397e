import assert from "node:assert/strict";
import { readEngineConfig } from "../../../src/engine/engineConfig.ts";

describe("readEngineConfig", () => {
  it("has a default for everything", () => {
    assert.deepEqual(readEngineConfig({}, ":"), {
      extraRoots: [],
      pythonPath: null,
      gpu: "auto",
      leavesProductsToTensorflow: false,
      cudnnPrecision: "faster",
      nice: 0,
      threadCount: null,
    });
  });

  it("reads what is set", () => {
    const environment = {
      INKLING_EXTRA_CACHE: "/a:/b",
      INKLING_PYTHON_ENVIRONMENT: "/venv",
      INKLING_GPU: "none",
      INKLING_ENGINE_NICE: "10",
      TF_NUM_INTRAOP_THREADS: "3",
      ONEDNN_DEFAULT_FPMATH_MODE: "BF16",
      INKLING_ENGINE_PRODUCTS: "tensorflow",
      INKLING_CUDNN_PRECISION: "float16",
    };
    assert.deepEqual(readEngineConfig(environment, ":"), {
      extraRoots: ["/a", "/b"],
      pythonPath: "/venv",
      gpu: "none",
      leavesProductsToTensorflow: true,
      cudnnPrecision: "float16",
      nice: 10,
      threadCount: 3,
    });
  });

  it("leaves products to TensorFlow only in bfloat16", () => {
    for (const mode of ["STRICT", undefined]) {
      const environment = { INKLING_ENGINE_PRODUCTS: "tensorflow", ONEDNN_DEFAULT_FPMATH_MODE: mode };
      assert.equal(readEngineConfig(environment, ":").leavesProductsToTensorflow, false);
    }
  });

  it("lets cuDNN compute in what is named, and in what is faster where nothing that it has is", () => {
    const named = (precision: string): string =>
      readEngineConfig({ INKLING_CUDNN_PRECISION: precision }, ":").cudnnPrecision;
    assert.deepEqual(["float32", "float16", "float64", ""].map(named), ["float32", "float16", "faster", "faster"]);
  });

  for (const nice of ["-5", "20", "x", "1.5"]) {
    it(`leaves the priority alone where it reads ${nice}`, () => {
      assert.equal(readEngineConfig({ INKLING_ENGINE_NICE: nice }, ":").nice, 0);
    });
  }

  for (const threads of ["0", "-1", "x", "1.5"]) {
    it(`takes as many threads as there are processors where it reads ${threads}`, () => {
      assert.equal(readEngineConfig({ TF_NUM_INTRAOP_THREADS: threads }, ":").threadCount, null);
    });
  }
});
