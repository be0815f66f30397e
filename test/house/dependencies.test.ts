import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe("The dependencies", () => {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as Manifest;
  const packages = { ...manifest.dependencies, ...manifest.devDependencies };

  it("are none at run time: the VSIX holds bundles only", () => {
    assert.deepEqual(Object.keys(manifest.dependencies ?? {}), []);
  });

  it("are pinned to exact versions", () => {
    const loose = Object.entries(packages).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    assert.deepEqual(loose, []);
  });

  it("are all in package-lock.json, those for other platforms too, so that npm ci works on each", () => {
    const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as Lock;
    const locked = new Set(Object.keys(lock.packages).map((path) => path.split("node_modules/").at(-1)));
    const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !locked.has(name))
        .map((name) => `${path} needs ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it("each have a row with their version in docs/dependencies.md", () => {
    const page = readFileSync(join(repository, "docs/dependencies.md"), "utf8");
    const missing = Object.entries(packages).filter(
      ([name, version]) => !page.includes(`| \`${name}\` | ${version} |`),
    );
    assert.deepEqual(missing, []);
  });

  it("of the cache have a row with the version that the scripts install", () => {
    const page = readFileSync(join(repository, "docs/dependencies.md"), "utf8");
    const scripts = ["embeddedEditor", "testBrowser"].map((name) => `scripts/lib/${name}.mjs`);
    const versions = scripts.flatMap((path) => {
      const text = readFileSync(join(repository, path), "utf8");
      return [...text.matchAll(/^const \w+Version = "([\d.]+)";$/gm)].map((match) => match[1] ?? "");
    });
    assert.equal(versions.length, 4);
    assert.deepEqual(
      versions.filter((version) => !page.includes(`| ${version} | npm |`)),
      [],
    );
  });
});
