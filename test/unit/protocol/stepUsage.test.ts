import assert from "node:assert/strict";
import {
  addUsage,
  isStepUsage,
  type StepUsage,
  usageMs,
  usageRows,
  utilisationOf,
} from "../../../src/protocol/stepUsage.ts";
import { GPU_USAGE, USAGE } from "../extension/samplePoints.ts";

describe("What steps take", () => {
  it("is added up over a run, memory as it was last", () => {
    const later: StepUsage = { ...USAGE, stepCount: 5, processorMs: 100, residentBytes: 600_000_000, tensorCount: 20 };
    const sum = addUsage(addUsage(null, USAGE), later);
    assert.deepEqual([sum.stepCount, sum.processorMs, sum.residentBytes, sum.tensorCount], [15, 3100, 600_000_000, 20]);
    assert.deepEqual(sum.phaseMs, { input: 20, forward: 1200, backward: 2400, update: 300, host: 80 });
    assert.equal(USAGE.phaseMs.forward, 600);
  });

  it("keeps the GPUs where nothing new was read of them, and adds what was", () => {
    const read = { ...USAGE, gpus: [GPU_USAGE] };
    assert.deepEqual(addUsage(read, USAGE).gpus, [GPU_USAGE]);
    assert.deepEqual(addUsage(USAGE, read).gpus, [GPU_USAGE]);
    assert.equal(addUsage(read, read).gpus?.[0]?.readingCount, 6);
    assert.ok(!("gpus" in addUsage(USAGE, USAGE)));
  });

  it("has a total, and a share of the threads' time", () => {
    assert.equal(usageMs(USAGE), 2000);
    assert.equal(utilisationOf(USAGE), 0.75);
  });

  it("is told a step", () => {
    assert.deepEqual(usageRows(USAGE), [
      ["Input", "1.00 ms, < 1 %"],
      ["Forward", "60.0 ms, 30 %"],
      ["Backward", "120 ms, 60 %"],
      ["Update", "15.0 ms, 8 %"],
      ["Between steps", "4.00 ms, 2 %"],
      ["Whole step", "200 ms"],
      ["Utilisation", "75 % of 2 threads"],
      ["Memory", "563 MB"],
      ["Tensors", "19, 9.53 MB"],
    ]);
    assert.deepEqual(usageRows({ ...USAGE, gpus: [GPU_USAGE] }).slice(-3), [
      ["GPU", "NVIDIA L4, driver 550.54.15"],
      ["GPU memory", "1.26 GB of 24.2 GB"],
      ["GPU utilisation", "80 %, mean of 3 readings"],
    ]);
    assert.ok(usageRows({ ...USAGE, threadCount: 1 }).some(([, value]) => value === "150 % of 1 thread"));
  });

  it("is known by its shape", () => {
    assert.equal(isStepUsage(JSON.parse(JSON.stringify(USAGE))), true);
    assert.equal(isStepUsage(JSON.parse(JSON.stringify({ ...USAGE, gpus: [GPU_USAGE] }))), true);
    for (const wrong of [
      { ...USAGE, gpus: {} },
      { ...USAGE, gpus: [{ ...GPU_USAGE, latest: { ...GPU_USAGE.latest, usedBytes: -1 } }] },
      { ...USAGE, gpus: [{ ...GPU_USAGE, latest: { ...GPU_USAGE.latest, name: null } }] },
      { ...USAGE, gpus: [{ ...GPU_USAGE, readingCount: 2 }] },
      null,
      [],
      { ...USAGE, stepCount: 0 },
      { ...USAGE, threadCount: 0 },
      { ...USAGE, residentBytes: Number.NaN },
      { ...USAGE, phaseMs: { ...USAGE.phaseMs, forward: -1 } },
      { ...USAGE, phaseMs: { input: 1 } },
      { ...USAGE, phaseMs: { input: 0, forward: 0, backward: 0, update: 0, host: 0 } },
    ]) {
      assert.equal(isStepUsage(wrong), false, JSON.stringify(wrong));
    }
  });
});
