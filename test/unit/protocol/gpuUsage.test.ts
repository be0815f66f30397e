import assert from "node:assert/strict";
import {
  addGpuUsage,
  beginGpuUsage,
  gpuFigures,
  type GpuReading,
  gpuRows,
  gpuSummary,
  gpuSummaryRows,
} from "../../../src/protocol/gpuUsage.ts";
import { GPU, GPU_USAGE } from "../extension/samplePoints.ts";

const SILENT: GpuReading = {
  name: "NVIDIA GB10",
  driverVersion: null,
  usedBytes: null,
  totalBytes: null,
  utilisation: null,
};

describe("The usage of GPUs", () => {
  it("is a sum over the readings that told a utilisation, and memory as it was last", () => {
    const idle = { ...GPU, utilisation: 0.13, usedBytes: 5 };
    const whole = [GPU, { ...GPU, utilisation: null }, idle]
      .map((reading) => beginGpuUsage([reading]))
      .reduce(addGpuUsage);
    assert.deepEqual(whole, [{ latest: idle, utilisationSum: 1, readingCount: 2 }]);
  });

  it("begins anew with a GPU that took another's place", () => {
    const other = beginGpuUsage([{ ...GPU, name: "NVIDIA A2" }, GPU]);
    assert.deepEqual(addGpuUsage([GPU_USAGE], other), other);
  });

  it("is told without what is not known", () => {
    assert.equal(gpuSummary(GPU), "NVIDIA L4, driver 550.54.15, memory 1.26 GB of 24.2 GB, 87 % utilised");
    assert.equal(
      gpuSummary({ ...GPU, totalBytes: null }),
      "NVIDIA L4, driver 550.54.15, memory 1.26 GB used, 87 % utilised",
    );
    assert.equal(gpuSummary(SILENT), "NVIDIA GB10");
    assert.deepEqual(gpuRows(beginGpuUsage([SILENT])), [["GPU", "NVIDIA GB10"]]);
    assert.equal(gpuFigures(beginGpuUsage([SILENT])), null);
    assert.equal(gpuFigures([]), null);
  });

  it("numbers the GPUs where there are several, as nvidia-smi does", () => {
    assert.deepEqual(
      gpuSummaryRows([SILENT, SILENT]).map(([label]) => label),
      ["GPU 0", "GPU 1"],
    );
    assert.deepEqual(
      gpuSummaryRows([SILENT]).map(([label]) => label),
      ["GPU"],
    );
    assert.equal(gpuFigures([GPU_USAGE]), "GPU 87 %, 1.26 GB");
    assert.equal(gpuFigures(beginGpuUsage([SILENT, GPU])), "GPU 1 87 %, 1.26 GB");
  });
});
