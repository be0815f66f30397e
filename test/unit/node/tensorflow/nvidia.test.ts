import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { detectNvidia } from "../../../../src/node/tensorflow/nvidia.ts";
import { createFakeMachine, exited, type FakeMachine } from "./fakeContext.ts";

describe("detectNvidia", () => {
  let machine: FakeMachine | undefined;
  afterEach(async () => {
    await machine?.dispose();
    machine = undefined;
  });

  it("reads names and driver from nvidia-smi", async () => {
    machine = await createFakeMachine({
      "nvidia-smi": () => exited(0, "GPU A, 550.54, 24564, 1, 0\nGPU B, 550.54, 24564, 1, 0\n"),
    });
    const facts = await detectNvidia({ run: machine.context.run });
    assert.deepEqual(facts, { isPresent: true, gpus: ["GPU A", "GPU B"], driverVersion: "550.54", reasons: [] });
  });
  it("refuses a driver that is too old for CUDA 12, and says so", async () => {
    machine = await createFakeMachine({ "nvidia-smi": () => exited(0, "GPU A, 470.82.01, 24564, 1, 0\n") });
    const facts = await detectNvidia({ run: machine.context.run });
    assert.equal(facts.isPresent, false);
    assert.match(facts.reasons.join(), /470\.82\.01 is too old.*525/);
  });
  it("has no reason to give where there is no trace of a GPU", async () => {
    machine = await createFakeMachine({});
    const facts = await detectNvidia({ run: machine.context.run, procDirectory: join(machine.root, "none") });
    assert.deepEqual([facts.isPresent, facts.reasons], [false, []]);
  });
  it("says that nvidia-smi reaches no GPU", async () => {
    machine = await createFakeMachine({ "nvidia-smi": () => exited(9, "couldn't communicate with the NVIDIA driver") });
    const facts = await detectNvidia({ run: machine.context.run, procDirectory: join(machine.root, "none") });
    assert.equal(facts.isPresent, false);
    assert.match(facts.reasons.join(), /reaches no GPU.*couldn't communicate/);
  });
  it("does not wait for an nvidia-smi that hangs", async () => {
    machine = await createFakeMachine({ "nvidia-smi": () => new Promise(() => undefined) });
    const options = { run: machine.context.run, procDirectory: join(machine.root, "none"), timeoutMs: 1 };
    const facts = await detectNvidia(options);
    assert.equal(facts.isPresent, false);
    assert.match(facts.reasons.join(), /did not answer within/);
  });
  it("finds the GPU by the kernel driver where nvidia-smi is missing, if libcuda is there", async () => {
    machine = await createFakeMachine({});
    const proc = join(machine.root, "proc");
    const library = join(machine.root, "libcuda.so.1");
    await mkdir(proc);
    await writeFile(join(proc, "version"), "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat\n");
    const options = { run: machine.context.run, procDirectory: proc, libraryPaths: [library] };
    assert.match((await detectNvidia(options)).reasons.join(), /libcuda\.so\.1 is not installed/);
    await writeFile(library, "");
    const facts = await detectNvidia(options);
    assert.deepEqual([facts.isPresent, facts.driverVersion], [true, "535.104.05"]);
  });
});
