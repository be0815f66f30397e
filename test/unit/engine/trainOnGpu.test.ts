import assert from "node:assert/strict";
import type { ProcessMeter } from "../../../src/engine/jobContext.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { GPU } from "../extension/samplePoints.ts";
import { JobBench } from "./jobBench.ts";

const METER: ProcessMeter = {
  processorMs: () => 0,
  residentBytes: () => 1,
  threadCount: 1,
  readGpus: () => Promise.resolve({ kind: "read", gpus: [GPU] }),
};

/** What computes is plain JavaScript; only its description names a GPU. */
describe("A training that runs on a GPU", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("tells with its progress how the GPU is, every few seconds", async () => {
    const bench = new JobBench();
    bench.device = "gpu";
    let askedCount = 0;
    bench.meter = { ...METER, readGpus: () => (askedCount++, METER.readGpus()) };
    const { events } = await bench.train({ epochs: 3 });
    const told = events.flatMap((event) => (event.type === "progress" ? [event.usage?.gpus] : []));
    const read = told.filter((gpus) => gpus !== undefined);
    assert.ok(read.length > 0 && askedCount < told.length, `${String(askedCount)} of ${String(told.length)}`);
    assert.deepEqual(read[0], [{ latest: GPU, utilisationSum: GPU.utilisation, readingCount: 1 }]);
  });

  it("asks nobody where it is on a processor", async () => {
    const bench = new JobBench();
    bench.meter = { ...METER, readGpus: () => assert.fail("no GPU is used") };
    const { events } = await bench.train({ epochs: 1 });
    const usages = events.flatMap((event) => (event.type === "progress" ? [event.usage] : []));
    assert.ok(usages.length > 0 && usages.every((usage) => usage !== undefined && !("gpus" in usage)));
  });
});
