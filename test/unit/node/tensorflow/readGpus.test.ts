import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandShell } from "../../../../src/node/tensorflow/commandShell.ts";
import { openGpuReader, readGpus } from "../../../../src/node/tensorflow/readGpus.ts";
import { type CommandOutcome, runCommand, type RunCommand } from "../../../../src/node/tensorflow/runCommand.ts";
import type { GpuReading } from "../../../../src/protocol/gpuUsage.ts";
import { exited } from "./fakeContext.ts";

const MEBIBYTE = 2 ** 20;
const L4: GpuReading = {
  name: "NVIDIA L4",
  driverVersion: "550.54.15",
  usedBytes: 1200 * MEBIBYTE,
  totalBytes: 23_034 * MEBIBYTE,
  utilisation: 0.87,
};
const ROW = "NVIDIA L4, 550.54.15, 23034, 1200, 87\n";

describe("readGpus", () => {
  const unknown = { usedBytes: null, totalBytes: null, utilisation: null };
  const rows: readonly (readonly [string, string, readonly GpuReading[]])[] = [
    ["one GPU", ROW, [L4]],
    [
      "several, in their order",
      `${ROW}NVIDIA A2, 550.54.15, 23034, 0, 0\n`,
      [L4, { ...L4, name: "NVIDIA A2", usedBytes: 0, utilisation: 0 }],
    ],
    ["lines that end as on Windows, without a last end", ROW.replace("\n", "\r\n") + ROW.trim(), [L4, L4]],
    ["figures with the units that were not asked for", "NVIDIA L4, 550.54.15, 23034 MiB, 1200 MiB, 87 %\n", [L4]],
    [
      "what is not supported",
      "NVIDIA L4, 550.54.15, [N/A], [Not Supported], [Unknown Error]\n",
      [{ ...L4, ...unknown }],
    ],
    ["a driver without a version", "NVIDIA L4, [N/A], 23034, 1200, 87\n", [{ ...L4, driverVersion: null }]],
    ["a GPU that says it has no memory", "NVIDIA L4, 550.54.15, 0, 1200, 87\n", [{ ...L4, totalBytes: null }]],
    ["more than the whole", "NVIDIA L4, 550.54.15, 23034, 1200, 101\n", [{ ...L4, utilisation: 1 }]],
    ["a name with a comma", `Quadro, old${ROW.slice(9)}`, [{ ...L4, name: "Quadro, old" }]],
    [
      "warnings between the rows",
      `WARNING: infoROM is corrupted at gpu 0000:00:1E.0\n${ROW}Note, that, one, two, three, four\n\n`,
      [L4],
    ],
    ["no devices", "No devices were found\n", []],
    ["no output", "", []],
  ];
  for (const [title, output, gpus] of rows) {
    it(`reads ${title}`, async () => {
      const answer = await readGpus({ run: () => Promise.resolve(exited(0, output)) });
      assert.deepEqual(answer, { kind: "read", gpus });
    });
  }

  it("asks for what it reads, in that order", async () => {
    const asked: string[] = [];
    await readGpus({ run: (command, args) => Promise.resolve(exited(0, String(asked.push(command, ...args)))) });
    assert.deepEqual(asked, [
      "nvidia-smi",
      "--query-gpu=name,driver_version,memory.total,memory.used,utilization.gpu",
      "--format=csv,noheader,nounits",
    ]);
  });

  it("passes on the last words of a program that fails", async () => {
    const answer = await readGpus({ run: () => Promise.resolve(exited(9, "Oh.\nThe driver is not there.\n")) });
    assert.match(answer.kind === "failed" ? answer.reason : "", /reaches no GPU: .*\(The driver is not there\.\)$/);
  });
});

describe("readGpus with a program on the path", () => {
  let folder: string;
  let shell: CommandShell;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-smi-"));
    shell = new CommandShell({ PATH: folder });
  });
  afterEach(async () => {
    shell.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const install = (script: string): Promise<void> =>
    writeFile(join(folder, "nvidia-smi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  /** Started directly, as the search for TensorFlow does, and by a shell, as the engine does. */
  const runs: readonly (readonly [string, () => RunCommand])[] = [
    ["directly", () => (command, args, options) => runCommand(command, args, { ...options, env: { PATH: folder } })],
    ["by a shell", () => shell.run],
  ];
  for (const [how, open] of runs) {
    it(`reads what it prints, started ${how}`, async () => {
      await install(`echo "$@" > "${folder}/asked"; echo "NVIDIA L4, 550.54.15, 23034, 1200, 87"; echo Oh >&2`);
      const run = open();
      assert.deepEqual(await readGpus({ run }), { kind: "read", gpus: [L4] });
      assert.deepEqual(await readGpus({ run }), { kind: "read", gpus: [L4] });
      assert.match(await readFile(join(folder, "asked"), "utf8"), /^--query-gpu=\S+ --format=csv,noheader,nounits\n$/);
    });

    it(`tells that there is none to start ${how}`, async () => {
      assert.deepEqual(await readGpus({ run: open() }), { kind: "absent" });
    });

    it(`passes on the words of one that fails, started ${how}`, async () => {
      await install("echo No driver. >&2; exit 9");
      const answer = await readGpus({ run: open() });
      assert.match(answer.kind === "failed" ? answer.reason : "", /\(No driver\.\)$/);
    });

    it(`ends one that hangs, and says that it did not answer, started ${how}`, async () => {
      await install("exec /bin/sleep 60");
      const [run, started] = [open(), [] as Promise<CommandOutcome>[]];
      const watched: RunCommand = (...call) => {
        const outcome = run(...call);
        started.push(outcome);
        return outcome;
      };
      const answer = await readGpus({ run: watched, timeoutMs: 100 });
      assert.deepEqual(answer, { kind: "failed", reason: "nvidia-smi did not answer within 0.1 s: check the driver" });
      assert.equal((await started[0])?.kind, "signalled");
      await install('echo "NVIDIA L4, 550.54.15, 23034, 1200, 87"');
      assert.deepEqual(await readGpus({ run }), { kind: "read", gpus: [L4] });
    });
  }
});

describe("openGpuReader", () => {
  it("has one program running at a time, and asks again afterwards", async () => {
    const settles: (() => void)[] = [];
    const run: RunCommand = () =>
      new Promise((resolve) => {
        settles.push(() => {
          resolve(exited(0, ROW));
        });
      });
    const read = openGpuReader({ gpu: "auto", platform: "linux", run });
    const [first, second] = [read(), read()];
    assert.equal(settles.length, 1);
    settles[0]?.();
    assert.deepEqual(await first, await second);
    const third = read();
    assert.equal(settles.length, 2);
    settles[1]?.();
    assert.equal((await third).kind, "read");
  });

  for (const options of [
    { gpu: "none", platform: "linux" },
    { gpu: "auto", platform: "win32" },
  ] as const) {
    it(`starts nothing with GPU ${options.gpu} on ${options.platform}`, async () => {
      const read = openGpuReader({ ...options, run: () => assert.fail("nothing is to be started") });
      assert.deepEqual(await read(), { kind: "absent" });
    });
  }
});
