import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  inspectCandidate,
  isSupportedVersion,
  tensorflowCandidates,
  type InstallationOrigin,
} from "../../../../src/node/tensorflow/installation.ts";

describe("tensorflowCandidates", () => {
  it("puts what the user chose before what Inkling installed, and the wanted flavour before the other", () => {
    const context = { env: { INKLING_TENSORFLOW: "/env" }, roots: ["/cache", "/storage"] };
    const places = { settingPath: "/setting", pythonPath: "/python", flavours: ["gpu", "cpu"] } as const;
    assert.deepEqual(
      tensorflowCandidates(context, places).map(({ path }) => path),
      [
        "/setting",
        "/env",
        "/python",
        "/cache/tensorflow/gpu-2.21.0",
        "/storage/tensorflow/gpu-2.21.0",
        "/cache/tensorflow/cpu-2.21.0",
        "/storage/tensorflow/cpu-2.21.0",
      ],
    );
  });
});

describe("isSupportedVersion", () => {
  for (const [version, expected] of [
    ["2.15.1", false],
    ["2.16.1", true],
    ["2.21.0", true],
    ["2.21.0rc1", true],
    ["2.22.0", false],
    ["1.20.0", false],
    ["3.18.0", false],
    ["", false],
  ] as const) {
    it(`says ${String(expected)} for ${version === "" ? "no version" : version}`, () => {
      assert.equal(isSupportedVersion(version), expected);
    });
  }
});

describe("inspectCandidate", () => {
  let site = "";
  beforeEach(async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "inkling-site-")));
    site = join(folder, "lib", "python3.12", "site-packages");
    await mkdir(join(site, "tensorflow"), { recursive: true });
    await mkdir(join(site, "tensorflow_cpu-2.20.0.dist-info"));
    await writeFile(join(site, "tensorflow", "libtensorflow_cc.so.2"), "0123456789");
    await writeFile(join(site, "tensorflow", "libtensorflow_framework.so.2"), "01234");
  });
  afterEach(() => rm(join(site, "..", "..", ".."), { recursive: true, force: true }));

  async function checkMisfit(path: string, origin: InstallationOrigin, reason: RegExp): Promise<void> {
    const inspection = await inspectCandidate({ path, origin, isOwned: origin === "cache" });
    assert.match(inspection.kind === "misfit" ? inspection.reason : inspection.kind, reason);
  }

  it("finds it by its site-packages, its own folder, its environment and its Python", async () => {
    const environment = join(site, "..", "..", "..");
    for (const path of [site, join(site, "tensorflow"), environment, join(environment, "bin", "python3")]) {
      const inspection = await inspectCandidate({ path, origin: "python", isOwned: false });
      assert.deepEqual(inspection.kind === "fits" ? inspection.installation : inspection, {
        directory: site,
        version: "2.20.0",
        origin: "python",
        isOwned: false,
      });
    }
  });
  it("complains about a chosen place without TensorFlow, and not about a Python without it", async () => {
    await checkMisfit("/nowhere", "setting", /nowhere \(chosen in the settings\) has no TensorFlow/);
    await checkMisfit("/nowhere", "environment", /INKLING_TENSORFLOW/);
    await checkMisfit("/nowhere", "python", /^absent$/);
    await checkMisfit("/nowhere", "cache", /^absent$/);
  });
  it("names the version that does not fit and those that do", async () => {
    await rm(join(site, "tensorflow_cpu-2.20.0.dist-info"), { recursive: true });
    await checkMisfit(site, "python", /does not say which version/);
    await mkdir(join(site, "tensorflow-2.12.0.dist-info"));
    await checkMisfit(site, "python", /TensorFlow 2\.12\.0; Inkling works with 2\.16 to 2\.21/);
  });
  it("takes an installation of ours for incomplete without its manifest", async () => {
    await checkMisfit(site, "cache", /incomplete/);
    await writeFile(join(site, "inkling.json"), "{");
    await checkMisfit(site, "cache", /incomplete/);
  });
  it("notices a library of ours that is cut short or gone", async () => {
    const path = "tensorflow/libtensorflow_cc.so.2";
    const manifest = { version: "2.21.0", flavour: "cpu", libraryBytes: { [path]: 10, "nvidia/x.so": 3 } };
    await mkdir(join(site, "nvidia"));
    await writeFile(join(site, "nvidia", "x.so"), "012");
    await writeFile(join(site, "inkling.json"), JSON.stringify(manifest));
    assert.equal((await inspectCandidate({ path: site, origin: "cache", isOwned: true })).kind, "fits");
    await truncate(join(site, path), 4);
    await checkMisfit(site, "cache", /damaged.*has 4 bytes instead of 10/);
    await writeFile(join(site, path), "0123456789");
    await rm(join(site, "nvidia", "x.so"));
    await checkMisfit(site, "cache", /x\.so is missing/);
  });
});
