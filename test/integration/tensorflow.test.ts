import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describeTensorflow } from "../../src/node/tensorflow/describeTensorflow.ts";
import { fetchWheels } from "../../src/node/tensorflow/fetchWheels.ts";
import { findPython, type Python } from "../../src/node/tensorflow/pip.ts";
import { createSetUpContext, platformReason, type SetUpContext } from "../../src/node/tensorflow/setupContext.ts";
import { setUpTensorflow } from "../../src/node/tensorflow/setUpTensorflow.ts";
import { skipAloud } from "../skipAloud.ts";

const execute = promisify(execFile);

describe("TensorFlow of the shared cache", function () {
  // A first set-up downloads and compiles.
  this.timeout(600_000);
  let folder = "";
  before(async function () {
    const reason = platformReason(createSetUpContext().platform);
    if (reason !== null) {
      skipAloud(this, reason);
    }
    folder = await mkdtemp(join(tmpdir(), "inkling-tensorflow-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("loads in this Node, and computes nothing in a process that only looks for it", async () => {
    const outcome = await setUpTensorflow({ gpu: "none" });
    assert.equal(outcome.kind, "ready");
    const { tensorflow, reasons } = await describeTensorflow({ gpu: "none" });
    assert.deepEqual(reasons, []);
    assert.match(tensorflow?.version ?? "", /^2\.\d+\.\d+$/);
    const script = "process.stdout.write(require(process.argv[1]).TF_Version)";
    const { stdout } = await execute(process.execPath, ["-e", script, tensorflow?.addonPath ?? ""]);
    assert.equal(stdout, tensorflow?.version);
  });
  it("serves as somebody else's TensorFlow, and a cut library there becomes a reason, not a crash", async () => {
    const { tensorflow } = await describeTensorflow({ gpu: "none" });
    const own = join(tensorflow?.path ?? "", "tensorflow");
    const site = join(folder, "site");
    await mkdir(join(site, "tensorflow"), { recursive: true });
    await mkdir(join(site, "tensorflow_cpu-2.21.0.dist-info"));
    for (const name of await readdir(own)) {
      await symlink(join(own, name), join(site, "tensorflow", name));
    }
    const env = { ...process.env, INKLING_CACHE: join(folder, "cache"), INKLING_TENSORFLOW: site };
    const foreign = await setUpTensorflow({ gpu: "none", env });
    assert.equal(foreign.kind === "ready" ? foreign.tensorflow.path : foreign.kind, site);

    const library = join(site, "tensorflow", "libtensorflow_framework.so.2");
    await rm(library);
    await writeFile(library, (await readFile(join(own, "libtensorflow_framework.so.2"))).subarray(0, 1_000_000));
    const broken = await describeTensorflow({ gpu: "none", env });
    assert.equal(broken.tensorflow, null);
    assert.match(broken.reasons.join(), /does not load/);
  });
});

describe("fetchWheels with the real Python and pip", function () {
  this.timeout(120_000);
  let folder = "";
  let python: Python;
  let context: SetUpContext;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "inkling-wheels-"));
    // An index that refuses: what is found comes from the folder, everything else is a network failure.
    const env = {
      ...process.env,
      INKLING_CACHE: join(folder, "cache"),
      PIP_CONFIG_FILE: "/dev/null",
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_FIND_LINKS: join(folder, "house"),
      PIP_RETRIES: "0",
      PIP_NO_CACHE_DIR: "1",
    };
    context = createSetUpContext({ env });
    try {
      python = await findPython(context);
    } catch (error) {
      skipAloud(this, String(error));
    }
    await mkdir(join(folder, "house"));
    await execute(python.command, ["-c", makeWheel, join(folder, "house", wheelName)]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function fetch(requirement: string, target: string): Promise<void> {
    const downloads = join(folder, "downloads");
    const plan = {
      requirements: [requirement],
      downloads,
      target: join(folder, target),
      keep: "^kept/",
      title: "a test",
    };
    await mkdir(dirname(join(folder, target, "x")), { recursive: true });
    await fetchWheels(plan, python, context);
  }

  it("takes a wheel from the user's own folder and unpacks the wanted part", async () => {
    await fetch("inkling-sample==1.0", "good");
    assert.deepEqual(await readdir(join(folder, "good"), { recursive: true }), ["kept", join("kept", "a.txt")]);
    assert.equal(await readFile(join(folder, "good", "kept", "a.txt"), "utf8"), "content of a");
  });
  it("notices a damaged wheel that is waiting, and fetches a good one", async () => {
    const wheel = join(folder, "downloads", wheelName);
    const bytes = await readFile(wheel);
    bytes.write("CONTENT", bytes.indexOf("content"));
    await writeFile(wheel, bytes);
    await fetch("inkling-sample==1.0", "repaired");
    assert.equal(await readFile(join(folder, "repaired", "kept", "a.txt"), "utf8"), "content of a");
  });
  it("says that there is no network when the index refuses", async () => {
    await assert.rejects(fetch("inkling-absent==1.0", "absent"), { code: "noNetwork" });
  });
});

const wheelName = "inkling_sample-1.0-py3-none-any.whl";

const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("kept/a.txt", "content of a")
    wheel.writestr("other/b.txt", "content of b")
    wheel.writestr("inkling_sample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: inkling-sample\\nVersion: 1.0\\n")
    wheel.writestr("inkling_sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("inkling_sample-1.0.dist-info/RECORD", "")
`;
