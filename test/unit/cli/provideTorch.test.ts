import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideTorch } from "../../../src/cli/provideTorch.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { createSetUpContext } from "../../../src/node/tensorflow/setupContext.ts";
import type { RunCommand } from "../../../src/node/tensorflow/runCommand.ts";

/** A Python with pip, and what it was asked. */
class Pip {
  public readonly calls: (readonly string[])[] = [];
  public installExitCode = 0;

  public readonly run: RunCommand = (_command, args) => {
    this.calls.push(args);
    const isInstall = args.includes("install");
    const output = isInstall ? "Collecting torch\nNo space left on device" : "pip 24.0 from /x (python 3.12)";
    const exitCode = isInstall ? this.installExitCode : 0;
    return Promise.resolve({ kind: "exited", exitCode, stdout: output, output });
  };

  public get installs(): readonly (readonly string[])[] {
    return this.calls.filter((args) => args.includes("install"));
  }
}

describe("PyTorch for a comparison", () => {
  let cacheDirectory: string;
  let told: string;
  let pip: Pip;

  beforeEach(async () => {
    cacheDirectory = await mkdtemp(join(tmpdir(), "inkling-torch-"));
    told = "";
    pip = new Pip();
  });

  afterEach(async () => {
    await rm(cacheDirectory, { recursive: true });
  });

  const provide = () => {
    const err = { write: (text: string) => (told += text) };
    const terminal = new Terminal({ out: { write: () => undefined }, err, isJson: true });
    const { signal } = new AbortController();
    return provideTorch({ cacheDirectory, signal, terminal }, pip.run);
  };

  it("is fetched once, into a folder of its own, and that is said", async () => {
    const packages = join(cacheDirectory, "torch", "packages");
    const expected = ["python3", packages, createSetUpContext().env["PATH"]];
    const found = async (): Promise<readonly (string | undefined)[]> => {
      const { python, environment } = await provide();
      return [python, environment["PYTHONPATH"], environment["PATH"]];
    };
    assert.deepEqual(await found(), expected);
    assert.match(told, /Fetching PyTorch into .*torch, once: some 5 GB/u);
    told = "";
    assert.deepEqual(await found(), expected);
    assert.equal(told, "");
    assert.equal(pip.installs.length, 1);
    assert.deepEqual(pip.installs[0]?.slice(-3), ["--target", packages, "torch"]);
  });

  it("leaves nothing where it cannot be fetched, says why, and is fetched the next time", async () => {
    pip.installExitCode = 1;
    await assert.rejects(provide(), /could not fetch PyTorch: No space left on device Name a Python/u);
    assert.deepEqual(await readdir(cacheDirectory), []);
    pip.installExitCode = 0;
    await provide();
    assert.equal(pip.installs.length, 2);
  });
});
