import assert from "node:assert/strict";
import { factGroups } from "../../../src/dashboard/dashboardFacts.ts";
import { GPU_USAGE, history, status, USAGE } from "../extension/samplePoints.ts";

describe("The dashboard's facts about a step", () => {
  const namesWith = (usage: typeof USAGE): readonly string[] =>
    factGroups(status({ usage }), history())
      .filter(({ title }) => title === "A step")
      .flatMap(({ rows }) => rows.map(([name]) => name));

  it("have device, memory and utilisation of the GPU that it ran on", () => {
    assert.deepEqual(namesWith({ ...USAGE, gpus: [GPU_USAGE] }).slice(-3), ["GPU", "GPU memory", "GPU utilisation"]);
  });

  it("have no row for a GPU where it ran on none", () => {
    assert.ok(namesWith(USAGE).every((name) => !name.startsWith("GPU")));
  });
});
