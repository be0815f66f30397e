import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode } from "../../../../src/base/errors.ts";
import { downloadWheel, findPython } from "../../../../src/node/tensorflow/pip.ts";
import { createFakeMachine, exited, fakePython, type FakeMachine } from "./fakeContext.ts";

const wheelName = "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl";
const requirement = "tensorflow-cpu==2.21.0";

describe("findPython", () => {
  let machine: FakeMachine | undefined;
  afterEach(async () => {
    await machine?.dispose();
  });

  it("passes over a Python without pip", async () => {
    machine = await createFakeMachine({
      python3: () => exited(1, "No module named pip"),
      python: () => exited(0, "pip 23.2.1 from x (python 3.11)\n"),
    });
    assert.deepEqual(await findPython(machine.context), { command: "python", pipVersion: "23.2.1" });
  });
  it("passes over Python 2", async () => {
    machine = await createFakeMachine({ python: () => exited(0, "pip 20.3 from x (python 2.7)\n") });
    await assert.rejects(findPython(machine.context), { code: "noPython" });
  });
  it("takes INKLING_PYTHON first", async () => {
    const commands = { mine: fakePython(() => exited(0)), python3: fakePython(() => exited(0)) };
    machine = await createFakeMachine(commands, { env: { INKLING_PYTHON: "mine" } });
    assert.equal((await findPython(machine.context)).command, "mine");
  });
  it("says what to install where there is none, and tells a missing pip from a missing Python", async () => {
    machine = await createFakeMachine({});
    await assert.rejects(findPython(machine.context), { code: "noPython", message: /No Python 3.*python3-pip/ });
    await machine.dispose();
    machine = await createFakeMachine({ python3: () => exited(1, "No module named pip") });
    await assert.rejects(findPython(machine.context), { code: "noPython", message: /python3.*without pip/ });
  });
});

describe("downloadWheel", () => {
  let machine: FakeMachine | undefined;
  const python = { command: "python3", pipVersion: "24.2" };
  afterEach(async () => {
    await machine?.dispose();
  });

  async function checkFailure(output: string, code: ErrorCode, advice: RegExp): Promise<void> {
    machine = await createFakeMachine({ python3: fakePython(() => exited(1, output)) });
    const directory = join(machine.root, "downloads");
    const attempt = downloadWheel({ requirement, directory, title: "TensorFlow" }, python, machine.context);
    await assert.rejects(attempt, { code, message: advice });
    assert.deepEqual(await readdir(directory), []);
  }

  it("leaves nothing and says what to do when there is no network", async () => {
    const output =
      "WARNING: Retrying after connection broken by 'NewConnectionError: Failed to establish a new connection'\n" +
      "ERROR: No matching distribution found for tensorflow-cpu==2.21.0\n";
    await checkFailure(output, "noNetwork", /No package index with it could be reached.*PIP_FIND_LINKS/);
  });
  it("leaves nothing and says what to do when the disk is full", async () => {
    await checkFailure("ERROR: Could not install: [Errno 28] No space left on device\n", "diskFull", /Free some space/);
  });
  it("leaves nothing and says what to do when the folder cannot be written", async () => {
    await checkFailure("ERROR: [Errno 13] Permission denied: '/x'\n", "cacheUnwritable", /writable/);
  });
  it("tells an index that lacks this version from a missing network", async () => {
    const lacks = (versions: string): string =>
      `ERROR: Could not find a version that satisfies the requirement x (from versions: ${versions})\n` +
      "ERROR: No matching distribution found for x\n";
    await checkFailure(lacks("2.19.1, 2.20.0"), "commandFailed", /does not offer it/);
    await machine?.dispose();
    await checkFailure(lacks("none"), "noNetwork", /No package index with it/);
  });
  it("asks pip for a Linux wheel of a fixed Python, whatever Python runs it", async () => {
    machine = await createFakeMachine({ python3: fakePython(saveWheel) });
    await downloadWheel({ requirement, directory: join(machine.root, "d"), title: "T" }, python, machine.context);
    const call = machine.calls.join("\n");
    for (const part of [
      "--no-deps",
      "--only-binary=:all:",
      "--python-version 3.12",
      "--platform manylinux_2_27_x86_64",
    ]) {
      assert.ok(call.includes(part), part);
    }
  });
  it("does not download again what is there, however its name is spelled", async () => {
    machine = await createFakeMachine({ python3: fakePython(saveWheel) });
    const options = { requirement: "TensorFlow.CPU==2.21.0", directory: join(machine.root, "d"), title: "T" };
    const first = await downloadWheel(options, python, machine.context);
    assert.equal(await downloadWheel(options, python, machine.context), first);
    assert.equal(machine.calls.length, 1);
  });
  it("removes what a dead process left, and not what a living one downloads", async () => {
    machine = await createFakeMachine({ python3: fakePython(saveWheel) });
    const directory = join(machine.root, "d");
    const noSuchProcess = 2 ** 22 + 1;
    await mkdir(join(directory, `incoming.${String(noSuchProcess)}`), { recursive: true });
    await mkdir(join(directory, `incoming.${String(process.ppid)}`), { recursive: true });
    await downloadWheel({ requirement, directory, title: "T" }, python, machine.context);
    assert.deepEqual((await readdir(directory)).sort(), [`incoming.${String(process.ppid)}`, wheelName].sort());
  });
  it("reports the share that pip reports", async () => {
    machine = await createFakeMachine({
      python3: fakePython((folder, _, options) => {
        options.onLine?.("Progress 25 of 100");
        return saveWheel(folder);
      }),
    });
    await downloadWheel({ requirement, directory: join(machine.root, "d"), title: "T" }, python, machine.context);
    assert.ok(machine.progress.some(({ fraction }) => fraction === 0.25));
  });
  it("stops when it is cancelled, and leaves nothing", async () => {
    const abort = new AbortController();
    const commands = {
      python3: fakePython(() => {
        abort.abort();
        return { kind: "signalled", signal: "SIGTERM", stdout: "", output: "" };
      }),
    };
    machine = await createFakeMachine(commands, { signal: abort.signal });
    const directory = join(machine.root, "d");
    await assert.rejects(downloadWheel({ requirement, directory, title: "T" }, python, machine.context), {
      name: "AbortError",
    });
    assert.deepEqual(await readdir(directory), []);
  });
});

async function saveWheel(folder: string): Promise<ReturnType<typeof exited>> {
  await writeFile(join(folder, wheelName), "wheel");
  return exited(0);
}
