import assert from "node:assert/strict";
import { mkdir, readdir, readlink, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeTensorflow } from "../../../../src/node/tensorflow/describeTensorflow.ts";
import { cudaRequirements } from "../../../../src/node/tensorflow/installTensorflow.ts";
import { setUpTensorflow, type SetUpOptions } from "../../../../src/node/tensorflow/setUpTensorflow.ts";
import { createFakeMachine, exited, fakePython, type FakeCommand, type FakeMachine } from "./fakeContext.ts";

const loads: FakeCommand = () => exited(0, 'INKLING_PROBE {"version":"2.21.0","isGpuUsed":false}\n');
const compiles: FakeCommand = async (args) => {
  await writeFile(args[args.indexOf("-o") + 1] ?? "", "addon");
  return exited(0);
};
const downloads = async (folder: string, requirement: string): Promise<ReturnType<typeof exited>> => {
  const project = (/^[\w-]+/.exec(requirement)?.[0] ?? "").replaceAll("-", "_");
  await writeFile(join(folder, `${project}-1-py3-none-any.whl`), project);
  return exited(0);
};
const unpacks: FakeCommand = async (args) => {
  const [, , wheel = "", target = ""] = args;
  if (wheel.includes("nvidia")) {
    await mkdir(join(target, "nvidia", "cudnn", "lib"), { recursive: true });
    await writeFile(join(target, "nvidia", "cudnn", "lib", "libcudnn.so.9"), "cudnn");
    return exited(0);
  }
  await mkdir(join(target, "tensorflow"), { recursive: true });
  await mkdir(join(target, "tensorflow-2.21.0.dist-info"), { recursive: true });
  await writeFile(join(target, "tensorflow-2.21.0.dist-info", "METADATA"), metadata);
  await writeFile(join(target, "tensorflow", "libtensorflow_cc.so.2"), "0123456789");
  await writeFile(join(target, "tensorflow", "libtensorflow_framework.so.2"), "01234");
  return exited(0);
};
const metadata = `Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"
Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7) ; extra == 'and-cuda'
Requires-Dist: tensorflow-io>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"
`;
const allCommands = { python3: fakePython(downloads, unpacks), "g++": compiles, node: loads };

describe("setUpTensorflow", () => {
  let machine: FakeMachine;
  afterEach(() => machine.dispose());

  /** A machine with these commands, and a checkout with the addon's source in it. */
  async function createMachine(commands: Readonly<Record<string, FakeCommand>>): Promise<void> {
    machine = await createFakeMachine(commands);
    const modules = join(machine.root, "node_modules");
    await mkdir(join(modules, "@tensorflow", "tfjs-node-gpu", "binding"), { recursive: true });
    await mkdir(join(modules, "node-api-headers", "include"), { recursive: true });
    await writeFile(join(modules, "@tensorflow", "tfjs-node-gpu", "binding", "a.cc"), "int a;");
    const ops = join(machine.root, "src", "models", "neural", "native");
    await mkdir(ops, { recursive: true });
    await writeFile(join(ops, "b.cc"), "int b;");
  }
  function options(changes: SetUpOptions = {}): SetUpOptions {
    const { context, root } = machine;
    const { platform, run, startDirectory, nodePath } = context;
    return { env: { INKLING_CACHE: join(root, "cache") }, platform, run, startDirectory, nodePath, ...changes };
  }
  const installed = (): string => join(machine.root, "cache", "tensorflow", "cpu-2.21.0");
  const countCalls = (part: string): number => machine.calls.filter((call) => call.includes(part)).length;

  it("installs, builds and checks once; the second time it finds everything", async () => {
    await createMachine(allCommands);
    const first = await setUpTensorflow(options());
    assert.equal(first.kind === "ready" ? first.tensorflow.path : first.kind, installed());
    assert.equal((await setUpTensorflow(options())).kind, "ready");
    assert.deepEqual([countCalls("pip download"), countCalls("g++"), countCalls("node -e")], [1, 1, 1]);
    assert.deepEqual(await readdir(join(machine.root, "cache", "downloads")), []);
    assert.deepEqual(await readdir(dirname(installed())), ["cpu-2.21.0"]);
  });
  it("is found by a search that may not build", async () => {
    await createMachine(allCommands);
    const before = await describeTensorflow(options());
    assert.equal(before.tensorflow, null);
    assert.match(before.reasons.join(), /not installed.*inkling setup/);
    await setUpTensorflow(options());
    const after = await describeTensorflow(options());
    assert.equal(after.tensorflow?.version, "2.21.0");
    assert.deepEqual(after.reasons, []);
  });
  it("goes on where an interrupted set-up stopped, and shows nothing half-made meanwhile", async () => {
    for (const interrupted of ["download", "-c", "g++", "node"]) {
      await createMachine(allCommands);
      const abort = new AbortController();
      const { run } = machine.context;
      const outcome = await setUpTensorflow(
        options({
          signal: abort.signal,
          run: async (command, args, commandOptions) => {
            if (command === interrupted || args[0] === interrupted || args[2] === interrupted) {
              abort.abort();
              return { kind: "signalled", signal: "SIGTERM", stdout: "", output: "" };
            }
            return run(command, args, commandOptions);
          },
        }),
      );
      assert.equal(outcome.kind, "cancelled", interrupted);
      const { tensorflow } = await describeTensorflow(options({ run: refuseToProbe }));
      assert.equal(tensorflow, null, interrupted);
      assert.equal((await setUpTensorflow(options())).kind, "ready", interrupted);
      assert.equal(countCalls("pip download"), 1, `${interrupted}: the wheel is downloaded once`);
      await machine.dispose();
    }
  });
  it("lets the second of two wait for the first", async () => {
    await createMachine(allCommands);
    const [first, second] = await Promise.all([setUpTensorflow(options()), setUpTensorflow(options())]);
    assert.deepEqual([first.kind, second.kind, countCalls("pip download")], ["ready", "ready", 1]);
  });
  it("replaces an installation whose library is cut short", async () => {
    await createMachine(allCommands);
    await setUpTensorflow(options());
    await truncate(join(installed(), "tensorflow", "libtensorflow_cc.so.2"), 3);
    assert.match((await describeTensorflow(options())).reasons.join(), /damaged/);
    assert.equal((await setUpTensorflow(options())).kind, "ready");
    assert.equal((await stat(join(installed(), "tensorflow", "libtensorflow_cc.so.2"))).size, 10);
  });
  it("replaces an installation that does not load once, and then says why", async () => {
    const fails: FakeCommand = () => exited(1, "Error: invalid ELF header\n");
    await createMachine(allCommands);
    await setUpTensorflow(options());
    await rm(join(installed(), "tensorflow", "libtensorflow_cc.so.2"));
    await writeFile(join(installed(), "tensorflow", "libtensorflow_cc.so.2"), "9876543210");
    const { run } = machine.context;
    const attempt = setUpTensorflow(
      options({
        run: async (command, args, given) => (command === "node" ? fails(args, {}) : run(command, args, given)),
      }),
    );
    await assert.rejects(attempt, { code: "tensorflowUnusable", message: /does not load: invalid ELF header/ });
    assert.equal(countCalls("pip download"), 2);
  });
  it("downloads a corrupt wheel once more, and gives up on the second", async () => {
    const finds = (): ReturnType<typeof exited> => exited(3, "CORRUPT Bad CRC-32\n");
    await createMachine({ ...allCommands, python3: fakePython(downloads, finds) });
    await assert.rejects(setUpTensorflow(options()), {
      code: "commandFailed",
      message: /corrupt \(Bad CRC-32\), twice/,
    });
    assert.equal(countCalls("pip download"), 2);
    assert.equal((await describeTensorflow(options())).tensorflow, null);
  });
  it("uses a TensorFlow that is there, with an addon in the cache and nothing written beside it", async () => {
    await createMachine(allCommands);
    const site = join(machine.root, "site");
    await unpacks(["-c", "", "wheel", site], {});
    const chosen = options({ settingPath: site });
    const outcome = await setUpTensorflow(chosen);
    const addonPath = outcome.kind === "ready" ? outcome.tensorflow.addonPath : "";
    assert.ok(addonPath.startsWith(join(machine.root, "cache", "addons")));
    assert.equal(await readlink(join(dirname(addonPath), "tensorflow")), join(site, "tensorflow"));
    assert.deepEqual((await readdir(site)).sort(), ["tensorflow", "tensorflow-2.21.0.dist-info"]);
    assert.equal(countCalls("pip download"), 0);
  });
  it("copies the prebuilt addon where the package has one", async () => {
    await createMachine({ ...allCommands, "g++": () => exited(1) });
    const dist = join(machine.root, "dist");
    await mkdir(join(dist, "native"), { recursive: true });
    await writeFile(join(dist, "native", "inkling_tfjs.node"), "prebuilt");
    assert.equal((await setUpTensorflow(options({ startDirectory: dist }))).kind, "ready");
    assert.equal(countCalls("g++"), 0);
  });
  it("takes the next compiler when one fails, and names them all when none works", async () => {
    await createMachine({ ...allCommands, "g++": () => exited(1, "g++: broken"), "clang++": compiles });
    assert.equal((await setUpTensorflow(options())).kind, "ready");
    await machine.dispose();
    const noZig = fakePython(
      (folder, requirement) =>
        requirement.startsWith("ziglang")
          ? exited(1, "ERROR: No matching distribution found")
          : downloads(folder, requirement),
      unpacks,
    );
    await createMachine({ python3: noZig, "g++": () => exited(1, "g++: broken"), node: loads });
    await assert.rejects(setUpTensorflow(options()), {
      code: "noCompiler",
      message: /g\+\+: broken.*install g\+\+ or clang/is,
    });
  });
  it("installs the GPU's TensorFlow with the CUDA libraries beside it where there is a GPU", async () => {
    const smi: FakeCommand = () => exited(0, "GPU A, 550.54, 24564, 1, 0\n");
    await createMachine({ ...allCommands, "nvidia-smi": smi });
    const outcome = await setUpTensorflow(options());
    assert.match(outcome.kind === "ready" ? outcome.reasons.join() : "", /does not use the GPU/);
    const directory = join(machine.root, "cache", "tensorflow", "gpu-2.21.0");
    assert.equal(outcome.kind === "ready" ? outcome.tensorflow.path : "", directory);
    assert.ok((await stat(join(directory, "nvidia", "cudnn", "lib", "libcudnn.so.9"))).isFile());
    assert.equal(countCalls("numpy"), 0);
    assert.equal((await setUpTensorflow(options({ gpu: "none" }))).kind, "ready");
    assert.equal(countCalls("tensorflow-cpu"), 0);
  });
  it("goes to the next root when the cache cannot be written", async () => {
    await createMachine(allCommands);
    const blocked = join(machine.root, "blocked");
    await writeFile(blocked, "");
    const storage = join(machine.root, "storage");
    const env = { INKLING_CACHE: join(blocked, "cache") };
    await assert.rejects(setUpTensorflow(options({ env })), { code: "cacheUnwritable", message: /INKLING_CACHE/ });
    const outcome = await setUpTensorflow(options({ env, extraRoots: [storage] }));
    assert.equal(outcome.kind === "ready" ? outcome.tensorflow.path : "", join(storage, "tensorflow", "cpu-2.21.0"));
  });
  it("says portable and why on every other platform, without a single command", async () => {
    await createMachine({});
    for (const [platform, reason] of [
      [{ os: "win32", cpu: "x64", isGlibc: false }, /win32 x64/],
      [{ os: "darwin", cpu: "arm64", isGlibc: false }, /darwin arm64/],
      [{ os: "linux", cpu: "arm64", isGlibc: true }, /linux arm64/],
      [{ os: "linux", cpu: "x64", isGlibc: false }, /musl/],
    ] as const) {
      const outcome = await setUpTensorflow(options({ platform }));
      assert.match(outcome.kind === "portable" ? outcome.reasons.join() : outcome.kind, reason);
      assert.match((await describeTensorflow(options({ platform }))).reasons.join(), reason);
    }
    assert.deepEqual(machine.calls, []);
  });
  it("believes no note about an addon whose TensorFlow changed", async () => {
    await createMachine(allCommands);
    const site = join(machine.root, "site");
    await unpacks(["-c", "", "wheel", site], {});
    await setUpTensorflow(options({ settingPath: site }));
    await truncate(join(site, "tensorflow", "libtensorflow_cc.so.2"), 4);
    const { tensorflow, reasons } = await describeTensorflow(options({ settingPath: site, run: killedBySigbus }));
    assert.equal(tensorflow, null);
    assert.match(reasons.join(), /does not load: a TensorFlow library is cut short/);
  });
  it("follows a link to a cache that was moved", async () => {
    await createMachine(allCommands);
    await setUpTensorflow(options());
    await symlink(join(machine.root, "cache"), join(machine.root, "elsewhere"));
    const env = { INKLING_CACHE: join(machine.root, "elsewhere") };
    assert.equal((await describeTensorflow(options({ env }))).tensorflow?.path, installed());
  });
});

describe("cudaRequirements", () => {
  it("takes the CUDA wheels of the metadata and nothing else", () => {
    assert.deepEqual(cudaRequirements(metadata), [
      "nvidia-cudnn-cu12<10.0,>=9.3.0.75",
      "nvidia-nccl-cu12<3.0,>=2.27.7",
    ]);
  });
});

const refuseToProbe = (): Promise<ReturnType<typeof exited>> => Promise.resolve(exited(1, "Error: not yet\n"));
const killedBySigbus = (command: string): ReturnType<FakeMachine["context"]["run"]> =>
  Promise.resolve(
    command === "node"
      ? { kind: "signalled", signal: "SIGBUS", stdout: "", output: "" }
      : { kind: "unstartable", reason: "not there" },
  );
