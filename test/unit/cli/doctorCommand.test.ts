import assert from "node:assert/strict";
import { runDoctor } from "../../../src/cli/doctorCommand.ts";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import type { GpuAnswer } from "../../../src/protocol/gpuUsage.ts";
import { GPU } from "../extension/samplePoints.ts";

const TENSORFLOW = { version: "2.21.0", path: "/tf" };

/** What `doctor` prints where the GPUs are as `answer` says. */
async function printed(answer: GpuAnswer, { isJson }: { readonly isJson: boolean }): Promise<string> {
  let out = "";
  const sinks = { out: { write: (text: string) => (out += text) }, err: { write: () => undefined } };
  const answers: Readonly<Record<string, unknown>> = {
    describe: { backend: "tensorflow", device: "gpu", tensorflow: TENSORFLOW, reasons: ["it hangs"] },
    readGpus: answer,
  };
  const context = {
    engine: { request: (method: string) => Promise.resolve(answers[method]) } as unknown as CommandContext["engine"],
    terminal: new Terminal({ ...sinks, isJson }),
    signal: new AbortController().signal,
    nodeVersion: "v20",
    cacheDirectory: "/cache",
  };
  assert.equal(await runDoctor(context as CommandContext), 0);
  return out;
}

describe("doctor", () => {
  it("tells name, driver, memory and utilisation of the GPU", async () => {
    const lines = (await printed({ kind: "read", gpus: [GPU] }, { isJson: false })).split("\n");
    assert.deepEqual(lines.slice(1, 4), [
      "Backend     TensorFlow on the GPU",
      "GPU         NVIDIA L4, driver 550.54.15, memory 1.26 GB of 24.2 GB, 87 % utilised",
      "TensorFlow  2.21.0 in /tf",
    ]);
  });

  it("has a row for each of several", async () => {
    const text = await printed({ kind: "read", gpus: [GPU, { ...GPU, name: "NVIDIA A2" }] }, { isJson: false });
    assert.match(text, /^GPU 0 {7}NVIDIA L4, .*\nGPU 1 {7}NVIDIA A2, /m);
  });

  it("gives programs the readings in bytes and shares", async () => {
    const report = JSON.parse(await printed({ kind: "read", gpus: [GPU] }, { isJson: true })) as { gpus: unknown };
    assert.deepEqual(report.gpus, [GPU]);
  });

  it("has no row where there is none to ask, and a reason where asking failed, once", async () => {
    assert.doesNotMatch(await printed({ kind: "absent" }, { isJson: false }), /^GPU/m);
    assert.match(
      await printed({ kind: "failed", reason: "no answer" }, { isJson: false }),
      /^ {12}it hangs\n {12}no answer$/m,
    );
    assert.equal(
      (await printed({ kind: "failed", reason: "it hangs" }, { isJson: false })).match(/it hangs/g)?.length,
      1,
    );
  });
});
